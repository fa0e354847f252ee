import { parseArgs } from 'node:util';
import type { BenchOptions } from './measurement.ts';
import { MEASUREMENTS } from './measurements.ts';
import { OUTAGE_PARTS } from './outage/outage.ts';

export type BenchCommand = BenchOptions & {
  /** The measurements to run. */
  readonly names: readonly string[];
};

/** Something to print instead of measuring, and the exit code. */
export type Instead = { readonly print: string; readonly code: number };

const EXIT_USAGE = 64;

const HELP = `npm run bench            everything
npm run bench -- NAME    one of these:
${[...MEASUREMENTS].map(([name, { sentence }]) => `  ${name.padEnd(14)} ${sentence}`).join('\n')}

growth
  --articles N     N instead of 1,000,000
outage
  --part NAME      ${OUTAGE_PARTS.join(', ')}; may be repeated, all if left out
  --rounds N       of each comparison (3)
  --seconds N      of each measurement (10)
  --outages N      kills and as many freezes (10)
scrape
  --rounds N       of each (3)
  --seconds N      of each measurement (10)
soak
  --minutes N      how long (10)
  --rate N         requests a second (300)
  --seed N         the row of faults; printed, another one each time if left out

Results are printed, and written to bench/results/.`;

export function readOptions(args: readonly string[]): BenchCommand | Instead {
  try {
    const { values, positionals } = parse(args);
    if (values.help) return { print: HELP, code: 0 };
    refuseUnknown('measurement', positionals, [...MEASUREMENTS.keys()]);
    const parts = values.part ?? OUTAGE_PARTS;
    refuseUnknown('part of the outage', parts, OUTAGE_PARTS);
    return {
      names: positionals.length > 0 ? positionals : [...MEASUREMENTS.keys()],
      articles: numberOf('articles', values.articles, 1000),
      rounds: numberOf('rounds', values.rounds, 1),
      measureMs: numberOf('seconds', values.seconds, 1) * 1000,
      outages: numberOf('outages', values.outages, 1),
      parts,
      soakMs: numberOf('minutes', values.minutes, 1) * 60_000,
      ratePerSecond: numberOf('rate', values.rate, 1),
      seed: numberOf('seed', values.seed ?? String(Date.now() % 100_000), 0),
    };
  } catch (error) {
    return { print: `${error instanceof Error ? error.message : error}\n\n${HELP}`, code: EXIT_USAGE };
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      articles: { type: 'string', default: '1000000' },
      part: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      outages: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '300' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
}

function refuseUnknown(kind: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no ${kind} named ${unknown.join(', ')}.`);
}

function numberOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} is a whole number of at least ${least}, not "${text}".`);
}
