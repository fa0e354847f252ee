import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { eventually, runShell } from '../../src/throwaway/shell.ts';
import type { Checks } from './checks.ts';
import { SECOND } from './journey.ts';
import type { Reader } from './reader.ts';
import type { Stage } from './stage.ts';

const DRAFT = { title: 'Written in the dark', description: 'At night', body: 'The lamp went out.', tags: 'night' };

/** PostgreSQL is killed while somebody reads and writes, and comes back. */
export async function outage(checks: Checks, ada: Reader, { servers, untilReady }: Stage): Promise<void> {
  const check = checks.check.bind(checks);

  await ada.click('#show-all');
  await ada.openArticle(SECOND);
  const before = await ada.texts('#articles a.title');

  await check('PostgreSQL is killed: reading goes on, and says that it is from the cache', async () => {
    await runShell(servers.postgres.commands.kill);
    await eventually(async () => {
      await ada.click('#show-all');
      deepEqual(await ada.messages(), []);
      const status = await ada.find('body').getAttribute('data-cache-status');
      match(status ?? '', /detail=stale-if-error/);
    }, 3000);
    deepEqual(await ada.texts('#articles a.title'), before);
    await ada.openArticle(SECOND);
    equal(await ada.text('#article .title'), SECOND);
    deepEqual(await ada.messages(), []);
  });
  await check('publishing is refused at once, with a sentence, and the draft is kept', async () => {
    const startedAt = performance.now();
    await ada.submit('#publish', DRAFT);
    ok(performance.now() - startedAt < 2000, 'within two seconds, typing included');
    const messages = (await ada.messages()).join(' ');
    match(messages, /database is unavailable/);
    match(messages, /The database cannot be reached.*Nothing was changed\. Please try again later\./);
    equal(await ada.find('#publish [name="body"]').inputValue(), DRAFT.body);
  });
  await ada.screenshot('outage');
  await check('PostgreSQL is back: pressing the button again publishes, once', async () => {
    await servers.postgres.start();
    await untilReady();
    await ada.click('#publish button[type="submit"]');
    deepEqual(await ada.messages(), []);
    equal(await ada.text('#article .title'), DRAFT.title);
    equal(await ada.find('#articles a.title', { hasText: DRAFT.title }).count(), 1);
    deepEqual(await ada.texts('#articles a.title'), [DRAFT.title, ...before].slice(0, 20));
  });
  await check('and she deletes it again', async () => {
    await ada.click('#article .delete');
    deepEqual(await ada.messages(), []);
    deepEqual(await ada.texts('#articles a.title'), before);
  });
}
