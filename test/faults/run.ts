import { type Drilled, drill } from '../../src/drill/drills.ts';
import { faults } from '../../src/drill/faults/faults.ts';
import type { Pace } from '../../src/drill/run.ts';

const PACE: Pace = { ratePerSecond: 120, warmUpMs: 2000, beforeMs: 2000, faultMs: 4500, afterMs: 1000 };

/** A machine with much else to do makes Redis wait: more than the ordinary 50 ms, less than the faults that are slow. */
const SETTINGS = { REDIS_COMMAND_TIMEOUT_MS: '250' };

/** Every fault, and every verdict about it as a test. `npm run test:faults -- NAME …` takes only those. */
async function main(names: readonly string[]): Promise<number> {
  const chosen = faults.filter(({ name }) => names.length === 0 || names.includes(name));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const drilled = await drill(
    chosen,
    PACE,
    {
      progress: (sentence) => console.log(`# ${sentence}`),
      begins: ({ name, sentence }) => console.log(`# ${name}: ${sentence}`),
      phase: () => {},
      ended: tell,
    },
    stop.signal,
    SETTINGS,
  );
  const verdicts = drilled.flatMap((each) => ('obstacle' in each ? [] : each.verdicts));
  const failed = verdicts.filter(({ holds }) => !holds).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 && verdicts.length > 0 ? 0 : 1;
}

/** What fails says what was expected, which is its name, and what was seen. */
function tell(drilled: Drilled): void {
  const { name } = drilled.fault;
  if ('obstacle' in drilled) {
    console.log(`# ${name} cannot be shown here: ${drilled.obstacle}`);
    return;
  }
  for (const verdict of drilled.verdicts) {
    console.log(`${verdict.holds ? 'ok' : 'not ok'} - ${name}: ${verdict.name}`);
    console.log(`  ${verdict.holds ? '#' : 'seen:'} ${verdict.seen}`);
  }
}

process.exit(await main(process.argv.slice(2)));
