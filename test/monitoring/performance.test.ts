import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sum } from '../support/samples.ts';
import { differences, type Shape } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const DURATIONS = {
  calls: 'integer',
  errors: 'integer',
  calls_per_second: 'number',
  total_ms: 'number',
  p50_ms: 'number',
  p95_ms: 'number',
  p99_ms: 'number',
  time_share: 'number',
} as const;
const TIER = { requests: 'integer', hits: 'integer', hit_ratio: 'number' } as const;
const REPORT = {
  timestamp: 'time',
  window_seconds: 'integer',
  routes: [{ route: 'string', ...DURATIONS, cache_hit_ratio: 'anything' }],
  statements: [{ statement: 'string', ...DURATIONS }],
  slowest_statements: [{ statement: 'string', p95_ms: 'number' }],
  cache: { memory: TIER, redis: TIER },
  database: 'anything',
} as const;
const DATABASE: Shape = {
  available: 'boolean',
  message: 'string',
  asked_at: 'time',
  statistics: {
    statistics_since: 'anything',
    cache_hit_ratio: 'anything',
    tables: [
      {
        table: 'string',
        rows: 'integer',
        dead_rows: 'integer',
        dead_share: 'anything',
        bytes: 'integer',
        sequential_scans: 'integer',
        rows_per_sequential_scan: 'integer',
        index_scans: 'integer',
        cache_hit_ratio: 'anything',
        last_vacuum_at: 'string or null',
        last_analyze_at: 'string or null',
      },
    ],
    unused_indexes: [{ index: 'string', table: 'string', bytes: 'integer' }],
  },
  slowest_statements: [
    {
      statement: 'string or null',
      query: 'string',
      calls: 'integer',
      total_ms: 'number',
      mean_ms: 'number',
      max_ms: 'number',
      rows: 'integer',
      time_share: 'anything',
      cache_hit_ratio: 'anything',
    },
  ],
  hints: ['string'],
};
/** PostgreSQL is asked again after five seconds. */
const ASKED_AGAIN_MS = 30_000;

type Line = { [Key in keyof typeof DURATIONS]: number } & { readonly route?: string; readonly statement?: string };

test('the report on performance', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, environment);

  t.test('is empty and without a hit ratio before anything was asked', async (t) => {
    const { json } = await get(origin, '/api/monitoring/performance');
    t.same(json.statements, []);
    t.match(json.database, { available: true, message: /create extension/, slowest_statements: null });
    t.same(json.cache.memory, { requests: 0, hits: 0, hit_ratio: null });
  });

  t.test('counts what was asked, by route and by statement', async (t) => {
    for (let n = 0; n < 5; n += 1) await get(origin, '/api/tags');
    for (let n = 0; n < 3; n += 1) await get(origin, `/api/articles?limit=${n}`);
    for (const name of ['a', 'b']) await get(origin, `/api/articles/${name}`);
    await get(origin, '/nowhere');
    const { status, json } = await get(origin, '/api/monitoring/performance');
    t.equal(status, 200);
    t.same(differences(json, REPORT), []);
    const calls = (lines: Line[], name: string) =>
      lines.find((line) => (line.route ?? line.statement) === name)?.calls;
    t.equal(calls(json.routes, 'GET /api/tags'), 5);
    t.equal(calls(json.routes, 'GET /api/articles'), 3);
    t.equal(calls(json.routes, 'GET /api/articles/:slug'), 2);
    t.equal(calls(json.routes, 'GET _UNKNOWN'), 1);
    t.equal(calls(json.statements, 'tags.list'), 1);
    t.equal(calls(json.statements, 'articles.list'), 3);
    t.equal(calls(json.statements, 'articles.by_slug'), 2);
    t.same(json.cache.memory, { requests: 10, hits: 4, hit_ratio: 0.4 });
    t.same(json.cache.redis, { requests: 6, hits: 0, hit_ratio: 0 });
    const hits = (name: string) => json.routes.find(({ route }: Line) => route === name)?.cache_hit_ratio;
    t.equal(hits('GET /api/tags'), 0.8);
    t.equal(hits('GET /api/articles'), 0);
    t.equal(hits('GET _UNKNOWN'), null);
  });

  t.test('has what PostgreSQL says, with the names that statements have here', async (t) => {
    await sql(environment.DATABASE_URL, 'create extension pg_stat_statements');
    await get(origin, '/api/articles?limit=7');
    const named = (report: { slowest_statements: Line[] | null }) =>
      report.slowest_statements?.find(({ statement }) => statement === 'articles.list');
    const report = async () => (await get(origin, '/api/monitoring/performance')).json.database;
    await until('it is there', async () => named(await report()) !== undefined, ASKED_AGAIN_MS);
    const found = await report();
    t.same(differences(found, DATABASE), []);
    t.match(named(found), { calls: Number, query: /^with \/\* articles\.list \*\// });
    t.match(
      found.statistics.tables.find(({ table }: { table: string }) => table === 'articles'),
      { bytes: Number, index_scans: Number },
    );
    t.notMatch(JSON.stringify(found), /alter role|password '/i);
  });

  t.test('asks PostgreSQL once, however many ask for it', async (t) => {
    const asked = () =>
      sum(origin, 'db_client_operation_duration_seconds_count', {
        db_operation_name: 'monitoring.database_statistics',
      });
    const before = (await asked()) ?? 0;
    await Promise.all(Array.from({ length: 50 }, () => get(origin, '/api/monitoring/performance')));
    t.ok(((await asked()) ?? 0) - before <= 2, 'or twice, where five seconds ended in between');
  });

  t.test('has numbers that agree with each other', async (t) => {
    const { json } = await get(origin, '/api/monitoring/performance');
    for (const lines of [json.routes, json.statements] as Line[][]) {
      for (const { p50_ms, p95_ms, p99_ms, total_ms, calls, errors, route } of lines) {
        t.ok(p50_ms > 0 && p50_ms <= p95_ms && p95_ms <= p99_ms, 'percentiles rise');
        t.ok(total_ms * 1.01 >= p50_ms * (calls / 2), 'the sum is no less than half of the calls at the median');
        // /readyz was asked too early, on purpose: that is how these tests wait for the start.
        if (route !== 'GET /readyz') t.equal(errors, 0);
      }
      const shares = lines.reduce((sum, { time_share }) => sum + time_share, 0);
      t.ok(Math.abs(shares - 1) < 0.02, `the shares add up to ${shares}`);
      const totals = lines.map(({ total_ms }) => total_ms);
      t.same(
        totals,
        totals.toSorted((one, other) => other - one),
        'what took the most time comes first',
      );
    }
    const slowest = json.slowest_statements.map(({ p95_ms }: Line) => p95_ms);
    t.same(
      slowest,
      slowest.toSorted((one: number, other: number) => other - one),
    );
  });
});

test('it counts failures of ours as errors, and those of clients not', async (t) => {
  const { origin } = await startSteadfast(t, {
    DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nowhere',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
  for (let n = 0; n < 3; n += 1) await get(origin, '/api/tags');
  await get(origin, '/api/articles?limit=x');
  const { json } = await get(origin, '/api/monitoring/performance');
  t.match(json.database, { available: false, message: /known to be away/, statistics: null });
  t.match(
    json.routes.find(({ route }: Line) => route === 'GET /api/tags'),
    { calls: 3, errors: 3 },
  );
  t.match(
    json.routes.find(({ route }: Line) => route === 'GET /api/articles'),
    { calls: 1, errors: 0 },
  );
  t.match(
    json.statements.find(({ statement }: Line) => statement === 'tags.list'),
    { calls: 3, errors: 3 },
  );
});
