import { test } from 'tap';
import type { LoadContext } from '../../src/cache/answer.ts';
import { until } from '../support/http.ts';
import { LoadFailed, openCache, THING } from '../support/open-cache.ts';

/** A load that waits to be answered, and what it was told. */
function waitingLoad() {
  const contexts: LoadContext[] = [];
  const answers: ((text: string) => void)[] = [];
  const failures: ((error: Error) => void)[] = [];
  const load = (context: LoadContext) =>
    new Promise<string>((resolve, reject) => {
      contexts.push(context);
      answers.push(resolve);
      failures.push(reject);
    });
  return { load, contexts, answers, failures };
}

test('a load is wanted as long as one of its readers is there', async (t) => {
  const cache = await openCache(t);
  const { load, contexts, answers } = waitingLoad();
  const gone = [false, false, false];
  const reads = gone.map((_, reader) => cache.read(THING, load, () => gone[reader] === true));
  await until('it is under way', () => contexts.length === 1);
  const wanted = () => contexts[0]?.wanted();
  t.equal(wanted(), true);
  gone[0] = true;
  gone[2] = true;
  t.equal(wanted(), true, 'one is left');
  const patient = cache.read(THING, load);
  gone[1] = true;
  t.equal(wanted(), true, 'who has no way to go is always there');
  answers[0]?.('answer');
  for (const { entry } of await Promise.all([...reads, patient])) t.equal(entry.body?.toString(), 'answer');
  t.equal(contexts.length, 1);
});

test('nobody joins a load that was given up', async (t) => {
  const cache = await openCache(t);
  const { load, contexts, answers, failures } = waitingLoad();
  let gone = false;
  const first = cache.read(THING, load, () => gone);
  await until('it is under way', () => contexts.length === 1);
  gone = true;
  t.equal(contexts[0]?.wanted(), false);
  const second = cache.read(THING, load);
  await until('the next reader begins anew', () => contexts.length === 2);
  failures[0]?.(new LoadFailed());
  await t.rejects(async () => first, new LoadFailed());
  t.equal(contexts[1]?.wanted(), true);
  answers[1]?.('answer');
  t.equal((await second).entry.body?.toString(), 'answer');
  t.equal(cache.snapshot().loadsUnderWay, 0);
});
