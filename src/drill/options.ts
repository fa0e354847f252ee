import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Fault } from './faults/fault.ts';
import { DEFAULT_FAULT, faults } from './faults/faults.ts';

const HELP = `npm run drill                    kill -9 of PostgreSQL under load, in about a minute
npm run drill -- --fault NAME    another fault; may be repeated
npm run drill -- --all           every fault, one page
npm run drill -- --list          what there is
npm run drill -- --report FILE   where the page goes, instead of var/drill.html

It starts a PostgreSQL, a Redis and Steadfast of its own, and removes them again. Exit code 1: a verdict failed.`;

export type DrillOptions = {
  readonly faults: readonly Fault[];
  /** The page's file. */
  readonly report: string;
};

/** Something to print instead of a drill, and the exit code. */
export type Instead = { readonly print: string; readonly code: number };

const EXIT_USAGE = 64;

export function readOptions(args: readonly string[]): DrillOptions | Instead {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { print: HELP, code: 0 };
  if (values.list) return { print: listed(), code: 0 };
  const names = values.fault ?? (values.all ? faults.map(({ name }) => name) : [DEFAULT_FAULT]);
  const unknown = names.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    return refuse(`There is no fault "${unknown.join('", "')}". There are:\n\n${listed()}`);
  }
  return { faults: faults.filter(({ name }) => names.includes(name)), report: resolve(values.report) };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      fault: { type: 'string', multiple: true },
      all: { type: 'boolean' },
      list: { type: 'boolean' },
      report: { type: 'string', default: 'var/drill.html' },
      help: { type: 'boolean' },
    },
  }).values;
}

const refuse = (reason: string): Instead => ({ print: `${reason}\n\n${HELP}`, code: EXIT_USAGE });

function listed(): string {
  const widest = Math.max(...faults.map(({ name }) => name.length));
  return faults.map(({ name, sentence }) => `  ${name.padEnd(widest)}  ${sentence}`).join('\n');
}
