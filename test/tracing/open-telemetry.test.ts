import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { test } from 'tap';
import { WithoutValues } from '../../src/tracing/without-values.ts';
import { apiOf, publish, register } from '../support/api.ts';
import { runProgram } from '../support/command-line.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sharedServers, sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { attribute, traceCollector } from '../support/trace-collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('traces go where the standard variables say', async (t) => {
  const collector = await traceCollector(t);
  const environment = await testEnvironment(t);
  const running = await startSteadfast(t, {
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_SERVICE_NAME: 'blog-of-a-test',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  const { origin, log } = running;
  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  const requestOf = (traceId: string) => spansOf(traceId).find(({ scope }) => scope === '@fastify/otel');

  t.test('a request is a step of its caller’s, and what it asks are steps of it', async (t) => {
    const { headers } = await get(origin, '/api/profiles/yusuf', { traceparent: `00-${TRACE}-${SPAN}-01` });
    const instrumented = [
      '@fastify/otel',
      '@opentelemetry/instrumentation-ioredis',
      '@opentelemetry/instrumentation-pg',
    ];
    await until('all are exported', () =>
      instrumented.every((scope) => spansOf(TRACE).some((span) => span.scope === scope)),
    );
    const request = requestOf(TRACE);
    t.equal(request?.parentSpanId, SPAN);
    t.equal(request?.service, 'blog-of-a-test');
    t.equal(headers.get('traceresponse'), `00-${TRACE}-${request?.spanId}-01`);
    const query = spansOf(TRACE).find(({ scope, name }) => scope.endsWith('-pg') && name.startsWith('pg.query'));
    t.equal(query?.parentSpanId, request?.spanId);
    t.ok(
      query?.attributes.some(({ value }) => value.stringValue?.includes('/* profiles.by_username */')),
      'the statement’s name',
    );
    const commands = spansOf(TRACE).filter(({ scope }) => scope.endsWith('-ioredis'));
    for (const command of commands) t.equal(command.parentSpanId, request?.spanId, command.name);
    t.notMatch(JSON.stringify([query, commands]), /yusuf/, 'no parameters');
  });

  t.test('without a caller’s there is one of our own, the same in the problem and in the log', async (t) => {
    const { headers, json } = await get(origin, '/api/profiles/nobody', { 'x-request-id': 'own-trace' });
    await until('it is exported', () => requestOf(json.traceId) !== undefined);
    t.equal(requestOf(json.traceId)?.parentSpanId, undefined);
    t.match(headers.get('traceresponse'), new RegExp(`^00-${json.traceId}-`));
    await until('it is logged', () => log.some(({ reqId }) => reqId === 'own-trace'));
    t.equal(log.find(({ reqId }) => reqId === 'own-trace')?.traceId, json.traceId);
  });

  t.test('what PostgreSQL says of an error goes without its values', async (t) => {
    const api = apiOf(origin);
    const token = await register(api, 'ada');
    const slug = await publish(api, token, 'One');
    await sql(
      environment.DATABASE_URL,
      `create function trap() returns trigger language plpgsql as $$ begin raise exception 'not "%"', new; end $$;
       create trigger trap before insert on comments for each row execute function trap();`,
    );
    const answer = await api('POST', `/api/articles/${slug}/comments`, {
      token,
      body: { comment: { body: 'hunter2' } },
    });
    t.equal(answer.status, 500);
    const failed = () =>
      spansOf(answer.json.traceId).find(({ scope, status }) => scope.endsWith('-pg') && status.code === 2);
    await until('it is exported', () => failed() !== undefined);
    t.equal(failed()?.status.message, 'not "…"');
    t.notMatch(JSON.stringify(collector.spans), /hunter2/);
    t.ok(attribute(requestOf(answer.json.traceId) ?? { attributes: [] }, 'http.route') !== undefined, 'its route');
  });

  t.test('a statement that is given up for its time is a step that failed', async (t) => {
    const proxy = await tcpProxy(t, Number(new URL(environment.DATABASE_URL).port));
    const url = new URL(environment.DATABASE_URL);
    url.port = String(proxy.port);
    const hurried = await startSteadfast(t, {
      ...environment,
      DATABASE_URL: url.href,
      DB_LOCK_TIMEOUT_MS: '500',
      DB_STATEMENT_TIMEOUT_MS: '1000',
      DB_QUERY_TIMEOUT_MS: '1500',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    t.equal((await get(hurried.origin, '/api/tags')).status, 200, 'there is a connection');
    proxy.set('blackhole');
    const { status, json } = await get(hurried.origin, '/api/profiles/zoe');
    t.equal(status, 503);
    const failed = () =>
      spansOf(json.traceId).find(({ scope, name }) => scope.endsWith('-pg') && name.startsWith('pg.query'));
    await until('it is exported', () => failed() !== undefined);
    t.match(failed()?.status, { code: 2, message: 'the database is unavailable (timeout)' });
    proxy.set('pass');
    await hurried.stop();
  });

  t.test('a collector that is away costs nobody an answer, nor the end its order', async (t) => {
    collector.close();
    t.equal((await get(origin, '/api/tags')).status, 200);
    await until('it is said', () => log.some(({ msg }) => msg.startsWith('traces: ')));
    await running.stop();
    t.equal(await running.ended, 0);
  });
});

test('what Redis says of an error goes without its values', async (t) => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(new WithoutValues(exporter))],
  });
  const instrumentation = new IORedisInstrumentation({ requireParentSpan: false });
  instrumentation.setTracerProvider(provider);
  const { Redis } = createRequire(import.meta.url)('ioredis') as typeof import('ioredis');
  const client = new Redis(sharedServers().redisUrl);
  t.teardown(async () => {
    instrumentation.disable();
    client.disconnect();
    await provider.shutdown();
  });

  await t.rejects(client.call('nonsense', 'hunter2'), /hunter2/);
  const spans = exporter.getFinishedSpans();
  const failed = spans.find(({ name }) => name === 'nonsense');
  t.match(failed?.status, { code: 2, message: /^ERR unknown command '…'/ });
  t.same(failed?.events, []);
  t.equal(failed?.droppedEventsCount, 1);
});

test('where nobody asks for traces, nothing of it is loaded', async (t) => {
  const { output } = await runProgram(t, join(import.meta.dirname, '../support/loaded-packages.ts'), []);
  t.match(output, /fastify/);
  t.notMatch(output, /@opentelemetry\/(?!api)|@fastify\/otel/, 'the interface alone, which prom-client brings');
  t.match(output, /NativeModule http\b/);
  t.notMatch(output, /undici/, 'see src/http/node-http.ts');
});
