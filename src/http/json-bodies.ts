import { isUtf8 } from 'node:buffer';
import fp from 'fastify-plugin';
import { Problem } from './problem.ts';

/**
 * JSON bodies, and none at all: front ends set Content-Type: application/json on every request, with a body or without,
 * and Fastify's own parser refuses that (5.12). Whether a route needs a body is for its schema to say. JSON is UTF-8 (RFC
 * 8259, section 8.1): of other bytes, U+FFFD would be kept, and acknowledged as what was sent.
 */
export const jsonBodies = fp(
  async (app) => {
    // Fastify's own; a text would reach the schemas as if it had been JSON.
    app.removeContentTypeParser('text/plain');
    const parse = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      if (body.length === 0) done(null, undefined);
      else if (isUtf8(body)) parse(request, body.toString(), done);
      else done(notUtf8());
    });
  },
  { name: 'json-bodies' },
);

function notUtf8(): Problem {
  return new Problem('malformed-request', 'The request body is not UTF-8. Send JSON in UTF-8.', {
    body: ['is not UTF-8'],
  });
}
