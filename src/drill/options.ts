import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../safety/error-message.ts';
import { type Instead, refused } from '../usage.ts';
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

export function readOptions(args: readonly string[]): DrillOptions | Instead {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return refused(messageOf(error), HELP);
  }
  if (values.help) return { print: HELP, code: 0 };
  if (values.list) return { print: listed(), code: 0 };
  const names = values.fault ?? (values.all ? faults.map(({ name }) => name) : [DEFAULT_FAULT]);
  const unknown = names.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0) {
    return refused(`There is no fault "${unknown.join('", "')}". There are:\n\n${listed()}`, HELP);
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

function listed(): string {
  const widest = Math.max(...faults.map(({ name }) => name.length));
  return faults.map(({ name, sentence }) => `  ${name.padEnd(widest)}  ${sentence}`).join('\n');
}
