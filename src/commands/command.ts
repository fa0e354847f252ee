import type { ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';

export type CommandOptions = ReturnType<typeof parseArgs>['values'];

/** One command of the command line: a thin face on something that src/safety does. */
export type Command = {
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** How many words it takes besides its options, none if left out; more are a usage error. */
  readonly wordsAtMost?: number;
  /**
   * Returns the exit code.
   * @throws {UsageError} at words and options it cannot make sense of
   */
  run(config: Config, options: CommandOptions, words: readonly string[]): Promise<number>;
};

/** Something was typed that the command does not understand: its help follows. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
