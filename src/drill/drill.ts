import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ServersUnavailable } from '../throwaway/server.ts';
import { type Drilled, drill, holds } from './drills.ts';
import { Live } from './live.ts';
import { readOptions } from './options.ts';
import { page } from './report/page.ts';
import type { Pace } from './run.ts';
import { busyNote } from './words.ts';

const PACE: Pace = { ratePerSecond: 150, warmUpMs: 3000, beforeMs: 6000, faultMs: 12_000, afterMs: 6000 };
/** With many faults each gets less time. */
const SHORT_PACE: Pace = { ratePerSecond: 150, warmUpMs: 2500, beforeMs: 4000, faultMs: 6000, afterMs: 3000 };

/** Shows faults under load, live and on a page. Returns the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if ('print' in options) {
    console.log(options.print);
    return options.code;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // Whoever watched is gone (a closed pipe): end in order instead of by an unhandled error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort());
  const live = new Live(process.stdout);
  try {
    console.log('Starting a PostgreSQL, a Redis and Steadfast of its own, on free ports …');
    const drilled = await drill(
      options.faults,
      options.faults.length > 1 ? SHORT_PACE : PACE,
      {
        progress: (sentence) => console.log(`  ${sentence}`),
        begins: ({ name, sentence }) => console.log(`\n${name}: ${sentence}`),
        phase: (phase, load) => live.phase(phase, load),
        ended: (each) => {
          live.end();
          console.log(told(each));
        },
      },
      stop.signal,
    );
    mkdirSync(dirname(options.report), { recursive: true });
    writeFileSync(options.report, page(drilled, new Date()));
    const broken = drilled.filter((each) => !holds(each)).map(({ fault }) => fault.name);
    console.log(`\nThe page: ${options.report}`);
    if (broken.length > 0) console.log(`It did not stand ${broken.join(', ')}.`);
    return broken.length > 0 ? 1 : 0;
  } catch (error) {
    live.end();
    if (stop.signal.aborted) {
      console.log('\nStopped; everything it had started is gone.');
      return 130;
    }
    console.error(error instanceof ServersUnavailable ? error.message : error);
    return 1;
  }
}

/** The verdicts in words. */
function told(drilled: Drilled): string {
  if ('obstacle' in drilled) return `  cannot be shown here: ${drilled.obstacle}`;
  if ('failure' in drilled) return `  ✗ could not be shown to its end: ${drilled.failure}`;
  const lines = drilled.verdicts.map(
    (verdict) => `  ${verdict.holds ? '✓' : '✗'} ${verdict.name}: ${verdict.seen}`,
  );
  const note = busyNote(drilled.figures.all.before.p99);
  return [...lines, ...(note === '' ? [] : [`  ! ${note}`])].join('\n');
}

process.exit(await main());
