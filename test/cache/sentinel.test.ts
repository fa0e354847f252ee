import { test } from 'tap';
import { startRedisSentinel } from '../../src/throwaway/redis-sentinel.ts';
import { logIn, PASSWORD } from '../support/api.ts';
import { inflict } from '../support/private-servers.ts';
import { follows, settingsOf } from '../support/redis-sets.ts';
import { bothSay, keepReading, shareCopies, twoServers, writeAndSee } from '../support/two-servers.ts';

test('two servers on a master that sentinels watch', async (t) => {
  const redis = await startRedisSentinel({ purpose: 'sentinel' });
  t.teardown(() => redis.remove());
  const both = await twoServers(t, { ...settingsOf(redis), LOGIN_FAILURES_PER_ACCOUNT: '3' });

  t.test('what one loads or writes, the other has', async (t) => {
    await shareCopies(both);
    for (let round = 1; round <= 10; round += 1) {
      const { own, ms } = await writeAndSee(both, `round ${round}`);
      t.equal(own, `round ${round}`);
      t.ok(ms < 1000, `the other shows it after ${ms.toFixed(0)} ms`);
    }
  });

  t.test('failed logins are counted together', async (t) => {
    for (const api of [both.one, both.other, both.one]) {
      t.equal((await logIn(api, 'ida@example.com', 'wrong')).status, 401);
    }
    for (const api of [both.one, both.other]) {
      t.equal((await logIn(api, 'ida@example.com', PASSWORD)).status, 429);
    }
  });

  t.test('sentinels that have gone are not missed while the master lives', async (t) => {
    for (const sentinel of redis.sentinels) await inflict('kill', sentinel);
    const reading = keepReading(t, both);
    for (let round = 1; round <= 20; round += 1) {
      const { own, ms } = await writeAndSee(both, `without sentinels ${round}`);
      t.equal(own, `without sentinels ${round}`);
      t.ok(ms < 1000, `the other shows it after ${ms.toFixed(0)} ms`);
    }
    t.same((await reading.stop()).failures, []);
    for (const { log } of both.servers) t.notOk(log.some(({ msg }) => msg.startsWith('Redis is away')));
    for (const sentinel of redis.sentinels) await sentinel.start();
  });

  t.test('the master dies: nothing fails, its successor is found, nothing outdated comes back', async (t) => {
    await writeAndSee(both, 'before');
    const reading = keepReading(t, both);
    await inflict('kill', redis.master);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'while there was no master')).own, 'while there was no master');
    await bothSay(both, 'pass');
    t.same(await both.descriptions(), ['while there was no master', 'while there was no master']);
    t.equal((await writeAndSee(both, 'after')).own, 'after');
    const { answers, failures, slowestMs } = await reading.stop();
    t.same(failures, []);
    t.ok(answers > 50, `${answers} answers`);
    t.ok(slowestMs < 2000, `the slowest took ${slowestMs.toFixed(0)} ms`);
    await redis.master.start();
    await follows(redis.master);
  });

  t.test('the master hangs: the same, and when it wakes up nobody believes it', async (t) => {
    await writeAndSee(both, 'before it hung');
    const reading = keepReading(t, both);
    // By now the former replica is the master.
    await inflict('freeze', redis.replica);
    await bothSay(both, 'fail');
    t.equal((await writeAndSee(both, 'while the master hung')).own, 'while the master hung');
    await bothSay(both, 'pass');
    await inflict('thaw', redis.replica);
    await follows(redis.replica);
    t.same(await both.descriptions(), ['while the master hung', 'while the master hung']);
    t.equal((await writeAndSee(both, 'after it woke up')).own, 'after it woke up');
    const { failures, slowestMs } = await reading.stop();
    t.same(failures, []);
    t.ok(slowestMs < 2000, `the slowest took ${slowestMs.toFixed(0)} ms`);
  });
});
