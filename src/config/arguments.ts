import { parseArgs } from 'node:util';
import type { Environment } from './config.ts';
import { ConfigurationError } from './problems.ts';

/**
 * The environment with what `npm start -- …` says in words; the words win.
 * @throws {ConfigurationError} when they are none that it knows
 */
export function withArguments(environment: Environment, words: readonly string[]): Environment {
  if (words.length === 0) return environment;
  try {
    const { values } = parseArgs({ args: [...words], options: { workers: { type: 'string' } } });
    return values.workers === undefined ? environment : { ...environment, WORKERS: values.workers };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const remedy = 'There is one option: npm start -- --workers N. Everything else is set by the environment.';
    throw new ConfigurationError([{ variable: 'npm start', problem, remedy }]);
  }
}
