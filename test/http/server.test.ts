import Fastify, { type FastifyInstance } from 'fastify';
import { type Test, test } from 'tap';
import { answerBefore } from '../../src/http/server.ts';
import { get } from '../support/http.ts';

async function listening(t: Test, app: FastifyInstance) {
  t.teardown(() => app.close());
  const origin = await app.listen({ host: 'localhost', port: 0 });
  const { requestTimeout, keepAliveTimeout, headersTimeout } = app.server;
  const addresses = app.addresses().map((address) => (typeof address === 'string' ? address : address.address));
  return { origin, addresses, limits: { requestTimeout, keepAliveTimeout, headersTimeout } };
}

test('who is asked before Fastify leaves it everything else as it is', async (t) => {
  const app = Fastify({ requestTimeout: 30_000 });
  answerBefore(app, ({ url }, response) => {
    if (url === '/here') response.end('at once');
    return url === '/here';
  });
  app.get('/*', () => 'the whole way');
  const { origin, addresses, limits } = await listening(t, app);
  t.equal((await get(origin, '/here')).text, 'at once');
  t.equal((await get(origin, '/there')).text, 'the whole way');
  const bare = await listening(t, Fastify({ requestTimeout: 30_000 }));
  t.same(addresses, bare.addresses, 'where localhost has two addresses, Fastify listens at both');
  t.same(limits, bare.limits);
});
