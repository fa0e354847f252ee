import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { metricsIn, startPrometheus } from '../support/prometheus.ts';
import { startSteadfast } from '../support/steadfast.ts';

const DASHBOARD = join(import.meta.dirname, '../../deploy/grafana/dashboards/steadfast.json');
const MONITORING_TOKEN = '6b1f0c9d27e84a53b1f0c9d27e84a53f';

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] };

/** Panels that are empty while all is well, with no replica, no backup and no check of the data. */
const EMPTY_IN_PEACE = [
  'Failed statements',
  'How far replicas are behind',
  'Last backup',
  'Size of the last backup',
  'Rows that do not fit',
];

/** Absent with one process; test/workers/workers.test.ts sees it. */
const OF_WORKERS_ONLY = ['workers_restarts_total'];

test('the names of metrics are found in an expression', async (t) => {
  t.same(metricsIn('sum by (le, a) (rate(x_bucket{b="c"}[5m])) / ignoring (d) y:z offset 5m > 14.4 * 1e3 and up'), [
    'x_bucket',
    'y:z',
    'up',
  ]);
});

test('Prometheus scrapes a server under load; every rule and panel can be evaluated, and has data', async (t) => {
  const environment = { ...(await testEnvironment(t)), MONITORING_TOKEN };
  const { origin, port } = await startSteadfast(t, environment);
  const prometheus = await startPrometheus(t, port, MONITORING_TOKEN);

  let loading = true;
  const load = (async () => {
    for (let n = 0; loading; n += 1) {
      const paths = ['/api/articles', `/api/articles?offset=${n}`, '/api/tags', `/api/profiles/nobody-${n}`];
      await Promise.all(paths.map((path) => get(origin, path)));
      // Refused, but a write for all that.
      await fetch(`${origin}/api/users/login`, { method: 'POST' });
    }
  })();
  t.teardown(async () => {
    loading = false;
    await load;
  });
  await until(
    'there are rates, and each rule has been evaluated',
    async () =>
      // The last that is recorded of its group.
      (await prometheus.query('job:http_server_errors:ratio_rate6h')).length > 0 &&
      (await prometheus.rules()).every(({ health }) => health !== 'unknown'),
    60_000,
  );

  const { text } = await get(origin, '/metrics', { authorization: `Bearer ${MONITORING_TOKEN}` });
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' || type === 'summary'
      ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`)
      : [name],
  );
  const rules = await prometheus.rules();
  const known = new Set([...types, ...rules.map(({ name }) => name), 'up', ...OF_WORKERS_ONLY]);

  t.test('it reaches the server with its token', async (t) => {
    t.equal((await prometheus.query('up{job="steadfast"} == 1')).length, 1);
    t.equal((await get(origin, '/metrics')).status, 401, 'without one it would not');
  });

  t.test('every rule asks for metrics that exist and is evaluated without an error', async (t) => {
    t.ok(rules.length > 30);
    for (const { name, query, health, lastError } of rules) {
      t.equal(health, 'ok', `${name}: ${lastError}`);
      t.same(
        metricsIn(query).filter((metric) => !known.has(metric)),
        [],
        name,
      );
      await prometheus.query(query);
    }
    for (const { name } of rules.filter(({ type, name }) => type === 'recording' && name.includes('requests'))) {
      t.equal((await prometheus.query(name)).length, 1, `${name} has data`);
    }
  });

  t.test('no alert fires where all is well', async (t) => {
    const firing = await prometheus.query('ALERTS{alertstate="firing"}');
    t.same(
      firing.map(({ metric }) => metric.alertname),
      [],
    );
  });

  t.test('every panel asks for metrics that exist and has data', async (t) => {
    const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: Panel[] };
    const drawn = panels.filter(({ targets = [] }) => targets.length > 0);
    t.ok(drawn.length > 30);
    for (const { title, targets = [] } of drawn) {
      const metrics = targets.flatMap(({ expr }) => metricsIn(expr));
      t.ok(metrics.length > 0, title);
      t.same(
        metrics.filter((metric) => !known.has(metric)),
        [],
        title,
      );
    }
    const isEmpty = async ({ targets = [] }: Panel) => {
      const results = await Promise.all(
        targets.map(({ expr }) =>
          prometheus.query(expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')),
        ),
      );
      return results.flat().length === 0;
    };
    for (const panel of drawn.filter(({ title }) => EMPTY_IN_PEACE.includes(title))) {
      t.ok(await isEmpty(panel), panel.title);
    }
    for (const panel of drawn.filter(({ title }) => !EMPTY_IN_PEACE.includes(title))) {
      await until(`${panel.title} has data`, async () => !(await isEmpty(panel)), 30_000);
    }
  });
});
