import { test } from 'tap';
import { until } from '../support/http.ts';
import { inflict } from '../support/private-servers.ts';
import { caughtUp, replicatedPostgres } from '../support/replicated.ts';
import { sql } from '../support/shared-servers.ts';

const TAGS = 'select name from tags where name like $1 order by name';

test('a primary and its standbys: what is written, held back, promoted and taken back', async (t) => {
  const { primary, standbys } = await replicatedPostgres(t, 2);
  const [first, second] = standbys;
  if (first === undefined || second === undefined) throw new Error('two standbys were asked for');
  const write = (url: string, name: string) => sql(url, 'insert into tags (name) values ($1)', [name]);
  const names = async (url: string) => (await sql<{ name: string }>(url, TAGS, ['seen-%'])).map(({ name }) => name);

  t.test('a row written on the primary appears on the standbys, which take no writes', async (t) => {
    await write(primary.url, 'seen-1');
    for (const standby of standbys) {
      await caughtUp(primary, standby);
      t.same(await names(standby.url), ['seen-1']);
      await t.rejects(write(standby.url, 'seen-never'), { code: '25006' });
    }
  });

  t.test('replay that is paused shows nothing new, resumed it does', async (t) => {
    await inflict('pauseReplay', first);
    await write(primary.url, 'seen-2');
    await caughtUp(primary, second);
    t.same(await names(second.url), ['seen-1', 'seen-2']);
    t.same(await names(first.url), ['seen-1']);
    await inflict('resumeReplay', first);
    await caughtUp(primary, first);
    t.same(await names(first.url), ['seen-1', 'seen-2']);
  });

  t.test('a frozen standby goes on where it was', async (t) => {
    await inflict('freeze', first);
    await write(primary.url, 'seen-3');
    await inflict('thaw', first);
    await caughtUp(primary, first);
    t.same(await names(first.url), ['seen-1', 'seen-2', 'seen-3']);
  });

  t.test('restarted, the primary is found again by its standbys', async (t) => {
    await primary.restart();
    await write(primary.url, 'seen-4');
    await caughtUp(primary, second);
    t.match(await names(second.url), ['seen-1', 'seen-2', 'seen-3', 'seen-4']);
  });

  t.test('a standby is promoted, and the former primary and the other standby follow it', async (t) => {
    await caughtUp(primary, first);
    await inflict('kill', primary);
    await inflict('promote', first);
    await until('the promoted standby takes writes', async () => {
      await write(first.url, 'seen-5');
      return true;
    });
    for (const follower of [primary, second]) {
      await follower.follow(first);
      await caughtUp(first, follower);
      t.same(await names(follower.url), ['seen-1', 'seen-2', 'seen-3', 'seen-4', 'seen-5']);
      await t.rejects(write(follower.url, 'seen-never'), { code: '25006' });
    }
  });
});
