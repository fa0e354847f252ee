import pg from 'pg';
import { test } from 'tap';
import { caller, MANY_LOGINS, publish, register, uniqueName } from '../support/conduit.ts';
import { get, until } from '../support/http.ts';
import { inflict, privateServers } from '../support/private-servers.ts';
import { wrongTotals } from '../support/recount.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const NOTHING_CHANGED = /nothing was changed/i;
const UNKNOWN = /not known/i;

test('PostgreSQL is killed under writes: each answer tells what is known of its own', async (t) => {
  const { postgres, redis } = await privateServers(t);
  const { origin } = await startSteadfast(t, {
    ...{
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      ...MANY_LOGINS,
      DB_POOL_MAX: '30',
      DB_QUEUE_MAX: '1000',
    },
    // What waits in this test waits for the kill, and for no time limit.
    ...{ DB_LOCK_TIMEOUT_MS: '20000', DB_STATEMENT_TIMEOUT_MS: '21000' },
    ...{ DB_QUERY_TIMEOUT_MS: '22000', DB_BREAKER_TIMEOUT_MS: '23000', DB_QUEUE_TIMEOUT_MS: '20000' },
  });
  const [ada, bob, cyd, dan] = await Promise.all([
    register(origin),
    register(origin),
    register(origin),
    register(origin),
  ]);
  const slug = await publish(ada.call);
  // Whose title says so is slow at the very end, in the commit.
  await sql(
    postgres.url,
    `create function slow_commit() returns trigger language plpgsql as 'begin perform pg_sleep(60); return null; end';
     create constraint trigger slow_commit after insert on articles deferrable initially deferred
     for each row when (new.title = 'slow commit') execute function slow_commit()`,
  );
  const holder = new pg.Client({ connectionString: postgres.url });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table follows');
  await holder.query('select from articles where slug = $1 for update', [slug]);
  await holder.query('select from users where username = $1 for update', [dan.username]);

  const publishing = (title: string, { call } = ada) =>
    call.post('/articles', { article: { title, description: 'd', body: 'b' } });
  const inFlight = {
    'a commit': publishing('slow commit', cyd),
    'a change of an account': dan.call.put('/user', { user: { bio: 'changed' } }),
    'a follow': bob.call.post(`/profiles/${ada.username}/follow`),
  };
  const before = bob.call.post(`/articles/${slug}/favorite`);
  const titles = Array.from({ length: 400 }, () => uniqueName('burst'));
  const waiting = "application_name = 'steadfast' and state = 'active' and wait_event_type in ('Lock', 'Timeout')";
  await until('they wait', async () => {
    const [row] = await sql<{ count: number }>(
      postgres.url,
      `select count(*)::int from pg_stat_activity where ${waiting}`,
    );
    return row?.count === 4;
  });
  const burst = Promise.all(titles.map(async (title) => ({ title, answer: await publishing(title) })));
  await until('the burst is under way', async () => {
    const [row] = await sql<{ count: number }>(
      postgres.url,
      "select count(*)::int from articles where title like 'burst-%'",
    );
    return (row?.count ?? 0) >= 10;
  });
  const killedAt = performance.now();
  await inflict('kill', postgres);

  for (const [what, answer] of Object.entries(inFlight)) {
    const { status, json } = await answer;
    t.equal(status, 503, what);
    t.match(json.detail, UNKNOWN, what);
    t.notMatch(json.detail, NOTHING_CHANGED, what);
  }
  const notYet = await before;
  t.equal(notYet.status, 503, 'before its commit');
  const answers = await burst;
  const ms = performance.now() - killedAt;
  t.ok(ms < 5000, `everybody was answered ${ms.toFixed(0)} ms after the kill`);

  await postgres.start();
  await until('it is used again', async () => (await get(origin, '/health')).json.status === 'healthy', 30_000);
  const rows = await sql<{ title: string }>(postgres.url, "select title from articles where title like 'burst-%'");
  const there = new Set(rows.map(({ title }) => title));
  t.ok(there.size > 0 && there.size < titles.length, `${there.size} of ${titles.length} were written`);
  for (const { title, answer } of answers) {
    if (answer.status === 201) t.ok(there.has(title), `${title} was acknowledged`);
    else {
      t.equal(answer.status, 503);
      if (NOTHING_CHANGED.test(answer.json.detail)) t.notOk(there.has(title), `${title} was said not to be there`);
      else t.match(answer.json.detail, UNKNOWN);
    }
  }
  const { json } = await caller(origin).get(`/articles/${slug}`);
  if (NOTHING_CHANGED.test(notYet.json.detail)) t.equal(json.article.favoritesCount, 0);
  t.same(await wrongTotals(postgres.url), []);
});
