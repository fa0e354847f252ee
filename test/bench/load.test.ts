import t from 'tap';
import { metricsIn } from '../../bench/load/metrics.ts';
import { requestsOf } from '../../bench/load/mixture.ts';
import { parseWrk } from '../../bench/load/wrk.ts';
import { zipf } from '../../bench/load/zipf.ts';
import { randomNumbers } from '../../bench/random-numbers.ts';
import { needSameContent } from '../../bench/speed/same-content.ts';

const DRAWN = 200_000;

t.test('the n-th most popular is asked for an n-th as often as the first', (t) => {
  const next = zipf(1000, randomNumbers(1));
  const asked = new Map<number, number>();
  for (let drawn = 0; drawn < DRAWN; drawn += 1) {
    const rank = next();
    asked.set(rank, (asked.get(rank) ?? 0) + 1);
  }
  const first = asked.get(1) ?? 0;
  for (const rank of [2, 3, 10]) {
    const share = (asked.get(rank) ?? 0) / first;
    t.ok(Math.abs(share * rank - 1) < 0.1, `rank ${rank}: ${share}`);
  }
  t.ok(Math.min(...asked.keys()) === 1 && Math.max(...asked.keys()) <= 1000);
  t.end();
});

t.test('a mixture is 95 % reads, the same for the same seed, and writes nothing twice', (t) => {
  const plan = { seed: 7, articles: 1000, users: 50, tokens: ['one', 'two'] };
  const [next, again] = [requestsOf(plan), requestsOf(plan)];
  const requests = Array.from({ length: 20_000 }, next);
  t.same(requests.slice(0, 100), Array.from({ length: 100 }, again));
  const writes = requests.filter(({ method }) => method === 'POST');
  t.ok(Math.abs(writes.length / requests.length - 0.05) < 0.01, `${writes.length} writes`);
  t.ok(writes.every(({ token }) => token !== undefined));
  const bodies = writes.filter(({ body }) => body !== undefined).map(({ body }) => JSON.stringify(body));
  t.equal(new Set(bodies).size, bodies.length);
  t.end();
});

t.test('what wrk prints is read in milliseconds, failures and all', (t) => {
  const printed = `Running 2s test @ http://127.0.0.1:8000/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.80ms   12.04ms 151.49ms   91.45%
    Req/Sec     6.99k     1.22k    9.31k    75.00%
  Latency Distribution
     50%  650.00us
     75%    9.37ms
     90%   18.86ms
     99%    1.20s
  13940 requests in 2.00s, 113.19MB read
  Socket errors: connect 0, read 0, write 0, timeout 3
  Non-2xx or 3xx responses: 12
Requests/sec:   6959.33
Transfer/sec:     56.51MB`;
  t.same(parseWrk(printed), {
    answered: 13_940,
    ratePerSecond: 6959.33,
    p50: 0.65,
    p99: 1200,
    failures: ['12 × not 2xx', 'sockets: connect 0, read 0, write 0, timeout 3'],
  });
  t.end();
});

t.test('series are summed up by name and labels', (t) => {
  const metrics = metricsIn(`# TYPE cache_requests_total counter
cache_requests_total{cache="memory",result="hit"} 5
cache_requests_total{cache="memory",result="miss"} 2
cache_requests_total{cache="redis",result="hit"} 1
cache_requests_total_other{cache="memory"} 100
up 1`);
  t.equal(metrics.sum('cache_requests_total'), 8);
  t.equal(metrics.sum('cache_requests_total', 'cache="memory"', 'result="hit"'), 5);
  t.equal(metrics.sum('up'), 1);
  t.equal(metrics.sum('nothing'), 0);
  t.end();
});

t.test('a ceiling that answers with something else is none', (t) => {
  const asked = (body: string) => [{ method: 'GET', path: '/api/x', expected: { body } }] as const;
  const ours = asked('{"article":{"slug":"a"}}');
  needSameContent(ours, asked('{"article":{"slug":"a"}}'));
  t.throws(
    () => needSameContent(ours, asked('{"article":{"slug":"c"}}')),
    /\/api\/x is answered with something else/,
  );
  t.throws(() => needSameContent(ours, []), /something else/);
  t.end();
});
