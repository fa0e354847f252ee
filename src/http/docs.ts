import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import fp from 'fastify-plugin';
import type { Access } from './authentication.ts';
import { safePage } from './safe-headers.ts';

/**
 * The page needs nothing from elsewhere. The plugin's own policy allows other hosts, and its
 * upgrade-insecure-requests leaves the page blank where it is served by plain HTTP to another machine.
 */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'frame-ancestors': "'self'",
  'img-src': "'self' data:",
  'object-src': "'none'",
  'script-src': "'self'",
  'script-src-attr': "'none'",
  'style-src': "'self'",
};

/** OpenAPI 3.1 at /docs/json and a page to try it at /docs, all of it served from here. */
export const docs = fp<{ version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Steadfast',
          version,
          description:
            'The RealWorld blog API on a database that is looked after. Answers say by Cache-Status (RFC 9211) ' +
            'where they come from; while PostgreSQL is away, what was read before is still answered and marked ' +
            'stale, and everything else is refused at once with 503 and Retry-After. Errors are problem details ' +
            '(RFC 9457) that carry the RealWorld `errors` object.',
        },
        components: {
          securitySchemes: {
            token: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: 'The token that login and registration return; Authorization: Token … is understood too',
            },
            monitoring: {
              type: 'http',
              scheme: 'bearer',
              description: 'MONITORING_TOKEN of the server, where it is set',
            },
          },
        },
        tags: [
          { name: 'users', description: 'Accounts' },
          { name: 'articles', description: 'What people write' },
          { name: 'comments', description: 'What others answer' },
          { name: 'profiles', description: 'Who they are' },
          { name: 'tags', description: 'What it is about' },
          { name: 'health', description: 'How Steadfast is' },
          { name: 'monitoring', description: 'For the person on call' },
        ],
      },
      transform: ({ schema, url, route }) => ({ schema: withSecurity(schema, route.config?.access), url }),
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      uiHooks: { onRequest: safePage },
    });
  },
  { name: 'docs' },
);

/** What a route declares about access, in OpenAPI's words: nothing, a token or nothing, a token. */
function withSecurity(schema: FastifySchema | undefined, access: Access | undefined): FastifySchema {
  if (access === 'required') return { ...schema, security: [{ token: [] }] };
  if (access === 'optional') return { ...schema, security: [{}, { token: [] }] };
  return { ...schema };
}
