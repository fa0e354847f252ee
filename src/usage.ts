import { parseArgs } from 'node:util';
import { messageOf } from './safety/error-message.ts';

/** Something to print instead of the work, and the exit code. */
export type Instead = { readonly print: string; readonly code: number };

const EXIT_USAGE = 64;

/** What a program that takes nothing but --help answers to its arguments; undefined when it may begin. */
export function answerTo(args: readonly string[], help: string): Instead | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean' } } });
    return values.help === true ? { print: help, code: 0 } : undefined;
  } catch (error) {
    return refused(messageOf(error), help);
  }
}

export function refused(reason: string, help: string): Instead {
  return { print: `${reason}\n\n${help}`, code: EXIT_USAGE };
}
