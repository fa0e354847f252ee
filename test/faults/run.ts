import { type Drilled, drill } from '../../src/drill/drills.ts';
import { faults } from '../../src/drill/faults/faults.ts';
import type { Pace } from '../../src/drill/run.ts';
import type { Verdict } from '../../src/drill/verdict.ts';
import { busyNote } from '../../src/drill/words.ts';

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
  const verdicts = drilled.flatMap(verdictsOf);
  const failed = verdicts.filter(({ holds }) => !holds).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 && verdicts.length > 0 ? 0 : 1;
}

function verdictsOf(drilled: Drilled): readonly Verdict[] {
  if ('verdicts' in drilled) return drilled.verdicts;
  return 'failure' in drilled ? [{ name: 'it is shown to its end', holds: false, seen: drilled.failure }] : [];
}

/** What fails says what was expected, which is its name, and what was seen. */
function tell(drilled: Drilled): void {
  const { name } = drilled.fault;
  if ('obstacle' in drilled) {
    console.log(`# ${name} cannot be shown here: ${drilled.obstacle}`);
  }
  const note = 'figures' in drilled ? busyNote(drilled.figures.all.before.p99) : '';
  if (note !== '') console.log(`# ${note}`);
  for (const verdict of verdictsOf(drilled)) {
    console.log(`${verdict.holds ? 'ok' : 'not ok'} - ${name}: ${verdict.name}`);
    console.log(`  ${verdict.holds ? '#' : 'seen:'} ${verdict.seen}`);
  }
}

process.exit(await main(process.argv.slice(2)));
