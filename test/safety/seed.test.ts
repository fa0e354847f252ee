import { test } from 'tap';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedSample } from '../../src/safety/seed.ts';
import { runCommand } from '../support/command-line.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { addressOf } from '../support/migrations.ts';
import { wrongTotals } from '../support/recount.ts';
import { startCommand } from '../support/running-command.ts';
import { type createDatabase, sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const COUNTS = `select (select count(*) from users)::int as users, (select count(*) from articles)::int as articles,
  (select count(*) from comments)::int as comments, (select count(*) from favorites)::int as favorites,
  (select count(*) from follows)::int as follows`;

async function schemaOnly(t: Parameters<typeof createDatabase>[0]) {
  const environment = { ...(await testEnvironment(t, 'empty')) };
  await migrate(addressOf(environment.DATABASE_URL), () => {});
  return environment;
}

test('the sample blog is loaded once; a second time changes nothing', async (t) => {
  const environment = await schemaOnly(t);
  t.match(await runCommand(t, ['seed'], { environment }), { code: 0, stdout: /^Loaded the sample blog/ });
  const [before] = await sql(environment.DATABASE_URL, COUNTS);
  t.match(before, { users: 8, articles: 36 });
  t.match(await runCommand(t, ['seed'], { environment }), { code: 0, stdout: /^Nothing to do/ });
  t.same(await sql(environment.DATABASE_URL, COUNTS), [before]);
  t.same(await wrongTotals(environment.DATABASE_URL), []);
});

test('several setups at once load the sample blog once', async (t) => {
  const { DATABASE_URL } = await schemaOnly(t);
  const loaded = await Promise.all([1, 2, 3, 4].map(() => seedSample(addressOf(DATABASE_URL))));
  t.same(loaded.toSorted(), [false, false, false, true]);
  t.match(await sql(DATABASE_URL, COUNTS), [{ users: 8, articles: 36 }]);
});

test('the sample blog is not added to what real users have written', async (t) => {
  const { DATABASE_URL } = await schemaOnly(t);
  await sql(DATABASE_URL, "insert into users (username, email, password_hash) values ('a', 'a@example.com', '!')");
  t.equal(await seedSample(addressOf(DATABASE_URL)), false);
  t.match(await sql(DATABASE_URL, COUNTS), [{ users: 1, articles: 0 }]);
});

test('seeding a database without a schema fails in words', async (t) => {
  const environment = await testEnvironment(t, 'empty');
  const { code, output } = await runCommand(t, ['seed'], { environment });
  t.equal(code, 1);
  t.match(output, /relation "users" does not exist.*npm run migrate/);
  t.notMatch(output, /^\s+at /m, 'no stack trace');
});

test('exactly as many users and articles are generated as were asked for, and every total is right', async (t) => {
  const environment = await schemaOnly(t);
  const { DATABASE_URL } = environment;
  const args = ['seed', '--articles', '2000', '--users', '50'];
  t.match(await runCommand(t, args, { environment }), { code: 0, stdout: /2000 of 2000 articles/ });
  t.match(await sql(DATABASE_URL, COUNTS), [{ users: 50, articles: 2000, follows: 250 }]);
  t.same(await wrongTotals(DATABASE_URL), []);

  t.match(await runCommand(t, ['seed', '--articles', '300', '--users', '3'], { environment }), { code: 0 });
  t.match(await sql(DATABASE_URL, COUNTS), [{ users: 53, articles: 2300 }], 'and added to what is there');
  t.same(await wrongTotals(DATABASE_URL), []);

  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/api/articles?limit=1');
  t.match({ status, count: json.articlesCount }, { status: 200, count: 2300 });
});

test('after generated rows people can still write', async (t) => {
  const environment = await schemaOnly(t);
  t.match(await runCommand(t, ['seed', '--articles', '10', '--users', '2'], { environment }), { code: 0 });
  const user = await sql<{ id: string }>(
    environment.DATABASE_URL,
    "insert into users (username, email, password_hash) values ('new', 'new@example.com', '!') returning id",
  );
  await sql(
    environment.DATABASE_URL,
    "insert into articles (slug, title, description, body, author_id) values ('new', 'n', 'n', 'n', $1)",
    [user[0]?.id],
  );
  t.match(await sql(environment.DATABASE_URL, COUNTS), [{ users: 3, articles: 11 }]);
});

test('what a killed seed was generating ends with it', async (t) => {
  const environment = await schemaOnly(t);
  const { DATABASE_URL } = environment;
  const generating = async () => {
    const statements = await sql(
      DATABASE_URL,
      `select from pg_stat_activity
       where datname = current_database() and state = 'active' and query like '%generate\\_series%'
         and pid <> pg_backend_pid()`,
    );
    return statements.length;
  };
  const seed = startCommand(t, ['seed', '--articles', '0', '--users', '3000000'], environment);
  await until('users are generated', async () => (await generating()) === 1, 30_000);
  seed.process.kill('SIGKILL');
  await until('PostgreSQL has stopped', async () => (await generating()) === 0, 5000);
  t.match(await sql(DATABASE_URL, COUNTS), [{ users: 0 }]);
});
