import { parseArgs } from 'node:util';
import { messageOf } from './safety/error-message.ts';

/** Something to print instead of the work, and the exit code. */
export type Instead = { readonly print: string; readonly code: number };

/** EX_USAGE of sysexits.h. */
export const EXIT_USAGE = 64;

/** What a program that takes nothing but --help answers to its arguments; undefined when it may begin. */
export function answerTo(args: readonly string[], help: string): Instead | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean' } } });
    return values.help === true ? { print: help, code: 0 } : undefined;
  } catch (error) {
    return refused(messageOf(error), help);
  }
}

/** Prints it where it belongs, and returns the exit code. */
export function printInstead({ print, code }: Instead): number {
  (code === 0 ? console.log : console.error)(print);
  return code;
}

export function refused(reason: string, help: string): Instead {
  return { print: `${reason}\n\n${help}`, code: EXIT_USAGE };
}
