import { test } from 'tap';
import { failedStatement } from '../../src/database/statement.ts';
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

test('statements that are sent together', async (t) => {
  const environment = await testEnvironment(t);
  const { database } = await openDatabase(t, environment);
  const named = {
    name: 'test.named',
    text: "select string_agg(name, ' ' order by name) from tags where name like $1",
  };
  const nothing = { name: 'test.nothing', text: 'select name from tags where false' };

  t.test('each see what those before them did, and return a text each', async (t) => {
    for (const round of ['first', 'prepared']) {
      const texts = await database.writeTogether('test.together', [
        { statement: insert, values: [`${round}-1`] },
        { statement: named, values: [`${round}-%`] },
        { statement: nothing, values: [] },
        { statement: insert, values: [`${round}-2`] },
        { statement: named, values: [`${round}-%`] },
      ]);
      t.same(texts, [`${round}-1`, `${round}-1`, null, `${round}-2`, `${round}-1 ${round}-2`]);
      t.same(await tagsNamed(environment.DATABASE_URL, `${round}-%`), [`${round}-1`, `${round}-2`]);
    }
  });

  t.test('take effect all or none, and the one that failed is known', async (t) => {
    const error = await database
      .writeTogether('test.together', [
        { statement: insert, values: ['none-1'] },
        { statement: wrong, values: [] },
        { statement: insert, values: ['none-2'] },
      ])
      .catch((thrown: unknown) => thrown);
    t.match(error, { code: '22012' });
    t.equal(failedStatement(error), 'test.wrong');
    t.same(await tagsNamed(environment.DATABASE_URL, 'none-%'), []);
    t.equal(database.snapshot().breaker.window.failures, 0);
  });

  t.test('are refused, and nothing of them sent, where two of them have one name', async (t) => {
    const sent = database.writeTogether('test.together', [
      { statement: insert, values: ['twin-1'] },
      { statement: { name: 'test.twin', text: 'select $1::text' }, values: ['one'] },
      { statement: { name: 'test.twin', text: 'select $1::text as other' }, values: ['other'] },
    ]);
    await t.rejects(sent, { cause: { message: 'two statements are named test.twin' } });
    t.same(await tagsNamed(environment.DATABASE_URL, 'twin-%'), []);
  });

  t.test('are tried again together when PostgreSQL asks for it', async (t) => {
    await sql(environment.DATABASE_URL, "insert into tags (name) values ('upper'), ('lower')");
    const touch = {
      name: 'test.touch_again',
      text: 'update tags set article_count = article_count + 1 where name = $1 returning name',
    };
    const rest = { name: 'test.rest', text: 'select pg_sleep(0.3)::text' };
    const cross = (first: string, second: string) =>
      database.writeTogether(`test.cross_${first}`, [
        { statement: touch, values: [first] },
        { statement: rest, values: [] },
        { statement: touch, values: [second] },
      ]);
    const [one, other] = await Promise.all([cross('upper', 'lower'), cross('lower', 'upper')]);
    t.same(
      [one, other],
      [
        ['upper', '', 'lower'],
        ['lower', '', 'upper'],
      ],
    );
    const rows = await sql<{ article_count: string }>(
      environment.DATABASE_URL,
      "select article_count from tags where name in ('upper', 'lower')",
    );
    t.same(
      rows.map(({ article_count }) => Number(article_count)),
      [2, 2],
      'each was counted once',
    );
  });
});
