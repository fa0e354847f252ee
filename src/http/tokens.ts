import { createHash } from 'node:crypto';
import { createDecoder, createSigner, createVerifier, TokenError } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import type { TokenConfig } from '../config/config.ts';

/** Whose a token is, and the account's token version it was issued under. */
export type TokenSubject = { readonly userId: string; readonly version: number };

/** What a token says; `expiresAt` is in milliseconds since 1970. */
export type TokenClaims = TokenSubject & { readonly expiresAt: number };

export type TokenRefusal = 'is invalid' | 'has expired';

/** `exp` is in seconds since the epoch. */
type Payload = { readonly sub: string; readonly ver: number; readonly exp: number };

const ISSUER = 'steadfast';
const ALGORITHM = 'HS256';
const REMEMBERED_TOKENS = 1000;

/**
 * Signed access tokens (JWT, RFC 7519) with expiry, issuer and key id. Two keys may be valid at once, so that a key can
 * be replaced without ending anybody's session.
 */
export class Tokens {
  readonly #sign: (payload: { sub: string; ver: number }) => string;
  readonly #verifiers = new Map<string, (token: string) => unknown>();
  readonly #decode = createDecoder({ complete: true });
  /** Tokens whose signature was good: to look at it again with each request would take longer than much of the rest. */
  readonly #good = new LRUCache<string, Payload>({ max: REMEMBERED_TOKENS });

  constructor({ secret, previousSecret, ttlSeconds }: TokenConfig) {
    this.#sign = createSigner({
      key: secret,
      kid: keyId(secret),
      algorithm: ALGORITHM,
      iss: ISSUER,
      expiresIn: ttlSeconds * 1000,
    });
    for (const key of previousSecret === undefined ? [secret] : [secret, previousSecret]) {
      this.#verifiers.set(
        keyId(key),
        createVerifier({
          key,
          algorithms: [ALGORITHM],
          allowedIss: ISSUER,
          requiredClaims: ['sub', 'exp', 'iss'],
        }),
      );
    }
  }

  issue({ userId, version }: TokenSubject): string {
    return this.#sign({ sub: userId, ver: version });
  }

  /** The claims, or why the token is refused. No I/O. */
  verify(token: string): TokenClaims | TokenRefusal {
    const good = this.#good.get(token);
    if (good !== undefined) return Date.now() < good.exp * 1000 ? claimsOf(good) : 'has expired';
    try {
      const { header } = this.#decode(token) as { header: { kid?: unknown } };
      const verify = typeof header.kid === 'string' ? this.#verifiers.get(header.kid) : undefined;
      const payload = verify?.(token);
      if (!isPayload(payload)) return 'is invalid';
      this.#good.set(token, payload);
      return claimsOf(payload);
    } catch (error) {
      return error instanceof TokenError && error.code === TokenError.codes.expired ? 'has expired' : 'is invalid';
    }
  }
}

/** Names a key without saying anything about it that could be used. */
function keyId(key: string): string {
  return createHash('sha256').update(`kid:${key}`).digest('base64url').slice(0, 8);
}

function claimsOf({ sub, ver, exp }: Payload): TokenClaims {
  return { userId: sub, version: ver, expiresAt: exp * 1000 };
}

function isPayload(payload: unknown): payload is Payload {
  if (typeof payload !== 'object' || payload === null) return false;
  const { sub, ver, exp } = payload as { sub?: unknown; ver?: unknown; exp?: unknown };
  return typeof sub === 'string' && /^\d{1,18}$/.test(sub) && typeof ver === 'number' && typeof exp === 'number';
}
