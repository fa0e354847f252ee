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
  /** False when the account is gone, or its tokens of this version have been ended. */
  readonly isSessionValid: (request: FastifyRequest, claims: TokenClaims, mayChange: boolean) => Promise<boolean>;
};

const SCHEME = /^(?:Token|Bearer) +(\S+)$/i;

/**
 * Checks tokens, as each route's declared `access` says. A route of this scope that declares none cannot even be
 * registered, so that it cannot be forgotten.
 */
export const authentication = fp<AuthenticationOptions>(
  async (app, { tokens, isSessionValid }) => {
    app.decorateRequest('viewer', null);
    app.addHook('onRoute', ({ config, method, url }) => {
      if (config?.access === undefined)
        throw new Error(`${method} ${url} does not say who may call it (config.access)`);
    });
    app.addHook('onRequest', async (request) => {
      const access = request.routeOptions.config.access ?? 'public';
      if (access === 'public') return;
      const { authorization } = request.headers;
      if (authorization === undefined) {
        if (access === 'required') throw unauthenticated('is missing');
        return;
      }
      const mayChange = !isRead(request.method);
      request.viewer = await viewerOf(authorization, tokens, (claims) =>
        isSessionValid(request, claims, mayChange),
      );
    });
  },
  { name: 'authentication' },
);

async function viewerOf(
  authorization: string,
  tokens: Tokens,
  isSessionValid: (claims: TokenClaims) => Promise<boolean>,
): Promise<Viewer> {
  const token = SCHEME.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated('is invalid');
  const claims = tokens.verify(token);
  if (typeof claims === 'string') throw unauthenticated(claims);
  if (!(await isSessionValid(claims))) throw unauthenticated('is invalid');
  return { id: claims.userId, token, version: claims.version };
}

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
