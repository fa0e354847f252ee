import type { ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';

/** One command of the command line: a thin face on something that src/safety does. */
export type Command = {
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Returns the exit code. */
  run(config: Config, options: ReturnType<typeof parseArgs>['values']): Promise<number>;
};
