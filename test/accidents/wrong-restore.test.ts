import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { backupStage, taken } from '../support/backups.ts';
import { runCommand } from '../support/command-line.ts';
import { get, until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { addUser, usersOf } from '../support/users.ts';

/** Less than the patience that tests have (`PATIENCE`): nobody waited for a database that was being swapped. */
const HUNG_MS = 10_000;

/** Somebody restored last week's backup over today's data, while people were reading. */
test('a wrong restore is undone, and whoever reads meanwhile is answered', async (t) => {
  const stage = await backupStage(t);
  const { environment, url } = stage;
  const { origin } = await startSteadfast(t, { ...environment, RATE_LIMIT_PER_MINUTE: '0' });
  const lastWeek = await taken(stage);
  await addUser(url, 'newcomer');
  const today = await usersOf(url);

  const answers: number[] = [];
  let slowestMs = 0;
  let reading = true;
  const reader = (async () => {
    for (; reading; await sleep(5)) {
      const { status, ms } = await get(origin, '/api/articles');
      answers.push(status);
      slowestMs = Math.max(slowestMs, ms);
    }
  })();
  await until('readers are answered', () => answers.length > 0);

  t.match(await runCommand(t, ['restore', lastWeek.name, '--yes'], { environment }), { code: 0 });
  t.notOk((await usersOf(url)).includes('newcomer'));
  const undone = await runCommand(t, ['restore', 'undo', '--yes'], { environment });
  t.match(undone, { code: 0, stdout: /Undone/ });
  t.same(await usersOf(url), today, 'nothing of today is lost');
  await until(
    'the server is on it again',
    async () => (await get(origin, '/api/profiles/newcomer')).status === 200,
  );

  reading = false;
  await reader;
  t.same(new Set(answers), new Set([200]), 'reads were answered through both swaps');
  t.ok(slowestMs < HUNG_MS, `the slowest took ${Math.round(slowestMs)} ms`);
});
