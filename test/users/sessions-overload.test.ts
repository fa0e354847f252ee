import { test } from 'tap';
import { isSessionValid } from '../../src/blog/users/sessions.ts';
import { NOBODY } from '../../src/database/caller.ts';
import { DatabaseOverloaded } from '../../src/database/errors.ts';
import { RequestDatabase } from '../../src/database/request-database.ts';
import { testEnvironment } from '../support/environment.ts';
import { openCache } from '../support/open-cache.ts';
import { openDatabase } from '../support/open-database.ts';
import { sql } from '../support/shared-servers.ts';

test('while the database has no room, a session can read, and change nothing', async (t) => {
  const environment = await testEnvironment(t);
  const { database } = await openDatabase(t, { ...environment, DB_POOL_MAX: '1', DB_QUEUE_MAX: '0' });
  const cache = await openCache(t, { freshMs: '20', staleIf: (error) => error instanceof DatabaseOverloaded });
  const request = { server: { cache }, database: new RequestDatabase(database, NOBODY), origins: null };
  const [user] = await sql<{ id: string }>(environment.DATABASE_URL, "select id from users where username = 'tom'");
  const session = { userId: user?.id ?? '', version: 0 };
  t.ok(await isSessionValid(request, session, true), 'with room it is asked');
  await sql(environment.DATABASE_URL, 'update users set token_version = 1 where id = $1', [session.userId]);
  await new Promise((resolve) => setTimeout(resolve, 40));

  const full = database.query({ name: 'test.slow', text: "select pg_sleep(0.5)::text || 'x'" }, []);
  t.ok(await isSessionValid(request, session, false), 'a read is let through on what was known');
  t.ok(await isSessionValid(request, { ...session, version: 1 }, false), 'so is one with a newer token');
  await t.rejects(async () => isSessionValid(request, session, true), { name: 'DatabaseOverloaded' });
  t.ok(await isSessionValid(request, { userId: '999999', version: 0 }, false), 'and one that was never asked for');
  await t.rejects(async () => isSessionValid(request, { userId: '999999', version: 0 }, true), {
    name: 'DatabaseOverloaded',
  });
  await full;
  t.notOk(await isSessionValid(request, session, true), 'with room again, the ended token is refused');
});
