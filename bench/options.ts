import { parseArgs } from 'node:util';
import { messageOf } from '../src/safety/error-message.ts';
import { type Instead, refused } from '../src/usage.ts';
import type { BenchOptions } from './measurement.ts';
import { MEASUREMENTS } from './measurements.ts';

export type BenchCommand = BenchOptions & {
  /** The measurements to run. */
  readonly names: readonly string[];
};

const HELP = `npm run bench            everything
npm run bench -- NAME    one of these:
${[...MEASUREMENTS].map(([name, { sentence }]) => `  ${name.padEnd(14)} ${sentence}`).join('\n')}

${partsHelp()}
  --part NAME      one of these instead of all; may be repeated
  --rounds N       of each comparison (3)
  --seconds N      of each measurement (5)
  --articles N     of growth, import and backup, instead of 1,000,000
  --outages N      of outage: kills and as many freezes (3)
  --minutes N      of soak: how long it is judged, after as long to warm up, or 7 (7)
  --rate N         of soak: requests a second (60)
  --seed N         of soak: the row of faults; printed, another one each time if left out

Results are printed, and written to bench/results/.`;

export function readOptions(args: readonly string[]): BenchCommand | Instead {
  try {
    const { values, positionals } = parse(args);
    if (values.help) return { print: HELP, code: 0 };
    refuseUnknown('measurement', positionals, [...MEASUREMENTS.keys()]);
    const names = positionals.length > 0 ? positionals : [...MEASUREMENTS.keys()];
    refuseUnknown(`part of ${names.join(', ')}`, values.part ?? [], partsOf(names));
    return {
      names,
      articles: numberOf('articles', values.articles, 1000),
      rounds: numberOf('rounds', values.rounds, 1),
      measureMs: numberOf('seconds', values.seconds, 1) * 1000,
      outages: numberOf('outages', values.outages, 1),
      parts: values.part,
      soakMs: numberOf('minutes', values.minutes, 1) * 60_000,
      ratePerSecond: numberOf('rate', values.rate, 1),
      seed: numberOf('seed', values.seed ?? String(Date.now() % 100_000), 0),
    };
  } catch (error) {
    return refused(messageOf(error), HELP);
  }
}

function partsOf(names: readonly string[]): string[] {
  return names.flatMap((name) => MEASUREMENTS.get(name)?.parts ?? []);
}

function partsHelp(): string {
  return [...MEASUREMENTS]
    .filter(([, { parts }]) => parts !== undefined)
    .map(([name, { parts }]) => `Parts of ${name}: ${parts?.join(', ')}`)
    .join('\n');
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      articles: { type: 'string', default: '1000000' },
      part: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      outages: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '7' },
      rate: { type: 'string', default: '60' },
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
