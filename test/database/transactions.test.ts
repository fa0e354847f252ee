import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { openDatabase } from '../support/open-database.ts';
import { sql } from '../support/shared-servers.ts';

const insert = { name: 'test.insert', text: 'insert into tags (name) values ($1) returning name' };
const wrong = { name: 'test.wrong', text: 'select (1 / 0)::text' };

async function tagsNamed(url: string, pattern: string): Promise<string[]> {
  const rows = await sql<{ name: string }>(url, 'select name from tags where name like $1 order by name', [
    pattern,
  ]);
  return rows.map(({ name }) => name);
}

test('transactions', async (t) => {
  const environment = await testEnvironment(t);
  const { database } = await openDatabase(t, environment);

  t.test('commit what they did and return what their work returns', async (t) => {
    const result = await database.transaction('test.commit', async (transaction) => {
      await transaction.query(insert, ['kept-1']);
      return transaction.query(insert, ['kept-2']);
    });
    t.equal(result, 'kept-2');
    t.same(await tagsNamed(environment.DATABASE_URL, 'kept-%'), ['kept-1', 'kept-2']);
  });

  t.test('are rolled back when their own work throws, and the caller gets that very error', async (t) => {
    const ours = new Error('changed my mind');
    const thrown = await database
      .transaction('test.rollback', async (transaction) => {
        await transaction.query(insert, ['gone-1']);
        throw ours;
      })
      .catch((error: unknown) => error);
    t.equal(thrown, ours);
    t.same(await tagsNamed(environment.DATABASE_URL, 'gone-%'), []);
    t.equal(database.snapshot().breaker.window.failures, 0);
  });

  t.test('never pass for committed when a statement failed and its error was swallowed', async (t) => {
    const work = database.transaction('test.swallowed', async (transaction) => {
      await transaction.query(insert, ['lost-1']);
      await transaction.query(wrong, []).catch(() => {});
      return 'all is well';
    });
    await t.rejects(work, { code: '22012' });
    t.same(await tagsNamed(environment.DATABASE_URL, 'lost-%'), []);
  });

  t.test('are tried again when PostgreSQL asks for it', async (t) => {
    await sql(environment.DATABASE_URL, "insert into tags (name) values ('left'), ('right')");
    const touch = {
      name: 'test.touch',
      text: 'update tags set article_count = article_count where name = $1 returning name',
    };
    let tries = 0;
    let arrived = 0;
    const cross = (first: string, second: string) =>
      database.transaction(`test.cross_${first}`, async (transaction) => {
        tries += 1;
        await transaction.query(touch, [first]);
        arrived += 1;
        while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        return transaction.query(touch, [second]);
      });
    t.same(await Promise.all([cross('left', 'right'), cross('right', 'left')]), ['right', 'left']);
    t.ok(tries > 2, `a deadlock was met and overcome in ${tries} tries`);
  });
});
