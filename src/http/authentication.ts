import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isRead } from './methods.ts';
import { Problem } from './problem.ts';
import type { TokenClaims, Tokens } from './tokens.ts';

/** Who may call a route: everybody, everybody but with a look at who it is, or only somebody logged in. */
export type Access = 'public' | 'optional' | 'required';

export type Viewer = {
  readonly id: string;
  /** The token the request came with, and the account's token version it was issued under. */
  readonly token: string;
  readonly version: number;
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who is logged in; null for a reader who is not. Always set where access is required. */
    viewer: Viewer | null;
  }
}

export type AuthenticationOptions = {
  readonly tokens: Tokens;
  /** What a change is refused with, whoever asks for it; undefined where it is not. */
  readonly refusalOfChange: (request: FastifyRequest) => Error | undefined;
  /** False when the account is gone, or its tokens of this version have been ended. At once where that is remembered. */
  readonly isSessionValid: (
    request: FastifyRequest,
    claims: TokenClaims,
    mayChange: boolean,
  ) => boolean | Promise<boolean>;
};

const SCHEME = /^(?:Token|Bearer) +(\S+)$/i;

/**
 * Checks tokens, as each route's declared `access` says. A route of this scope that declares none cannot even be
 * registered, so that it cannot be forgotten.
 */
export const authentication = fp<AuthenticationOptions>(
  async (app, { tokens, refusalOfChange, isSessionValid }) => {
    app.decorateRequest('viewer', null);
    app.addHook('onRoute', ({ config, method, url }) => {
      if (config?.access === undefined)
        throw new Error(`${method} ${url} does not say who may call it (config.access)`);
    });
    // With a callback: for most requests there is nothing to wait for.
    app.addHook('onRequest', (request, _reply, done) => {
      const access = request.routeConfig.access ?? 'public';
      const { authorization } = request.headers;
      if (access === 'public') return done();
      if (authorization === undefined) {
        return done(access === 'required' ? unauthenticated('is missing') : undefined);
      }
      const token = SCHEME.exec(authorization)?.[1] ?? '';
      const claims = tokens.verify(token);
      if (typeof claims === 'string') return done(unauthenticated(claims));
      const mayChange = !isRead(request.method);
      const refusal = mayChange ? refusalOfChange(request) : undefined;
      if (refusal !== undefined) return done(refusal);
      const admit = (isValid: boolean) => {
        if (isValid) {
          const { userId: id, version, expiresAt } = claims;
          request.viewer = { id, token, version, expiresAt };
        }
        done(isValid ? undefined : unauthenticated('is invalid'));
      };
      const isValid = isSessionValid(request, claims, mayChange);
      if (isValid instanceof Promise) isValid.then(admit, done);
      else admit(isValid);
    });
  },
  { name: 'authentication', dependencies: ['route-config'] },
);

/** The viewer of a route whose access is required. */
export function viewerIn(request: FastifyRequest): Viewer {
  if (request.viewer === null) throw unauthenticated('is missing');
  return request.viewer;
}

function unauthenticated(problem: string): Problem {
  return new Problem(
    'unauthenticated',
    `The access token ${problem}. Log in and send it as Authorization: Token …`,
    {
      token: [problem],
    },
  );
}
