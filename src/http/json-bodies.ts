import fp from 'fastify-plugin';

/**
 * JSON bodies, and none at all: front ends set Content-Type: application/json on every request, with a body or without,
 * and Fastify's own parser refuses that (5.12). Whether a route needs a body is for its schema to say.
 */
export const jsonBodies = fp(
  async (app) => {
    // Fastify's own; a text would reach the schemas as if it had been JSON.
    app.removeContentTypeParser('text/plain');
    const parse = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '') done(null, undefined);
      else parse(request, body, done);
    });
  },
  { name: 'json-bodies' },
);
