import { createHash } from 'node:crypto';
import { createDecoder, createSigner, createVerifier, TokenError } from 'fast-jwt';
import type { TokenConfig } from '../config/config.ts';

/** What a token says: whose it is, and the account's token version it was issued under. */
export type TokenClaims = { readonly userId: string; readonly version: number };

export type TokenRefusal = 'is invalid' | 'has expired';

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
          cache: REMEMBERED_TOKENS,
        }),
      );
    }
  }

  issue({ userId, version }: TokenClaims): string {
    return this.#sign({ sub: userId, ver: version });
  }

  /** The claims, or why the token is refused. No I/O. */
  verify(token: string): TokenClaims | TokenRefusal {
    try {
      const { header } = this.#decode(token) as { header: { kid?: unknown } };
      const verify = typeof header.kid === 'string' ? this.#verifiers.get(header.kid) : undefined;
      const payload = verify?.(token);
      return isPayload(payload) ? { userId: payload.sub, version: payload.ver } : 'is invalid';
    } catch (error) {
      return error instanceof TokenError && error.code === TokenError.codes.expired ? 'has expired' : 'is invalid';
    }
  }
}

/** Names a key without saying anything about it that could be used. */
function keyId(key: string): string {
  return createHash('sha256').update(`kid:${key}`).digest('base64url').slice(0, 8);
}

function isPayload(payload: unknown): payload is { sub: string; ver: number } {
  if (typeof payload !== 'object' || payload === null) return false;
  const { sub, ver } = payload as { sub?: unknown; ver?: unknown };
  return typeof sub === 'string' && /^\d{1,18}$/.test(sub) && typeof ver === 'number';
}
