import { loadConfig } from '../../src/config/config.ts';
import { ConfigurationError, type ConfigurationProblem } from '../../src/config/problems.ts';

/** The least that makes a configuration. */
export const DATABASE_URL = 'postgres://writer:correct-horse-42@127.0.0.1:5432/blog';

export type Variables = Readonly<Record<string, string>>;

/** The refusal of these settings; throws when they are accepted. */
export function refusal(variables: Variables): ConfigurationError {
  try {
    loadConfig(variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error(`not refused: ${JSON.stringify(variables)}`);
}

export function problemsOf(variables: Variables): readonly ConfigurationProblem[] {
  return refusal(variables).problems;
}

/** Names of the variables that are complained about, each once, in alphabetical order. */
export function complaints(variables: Variables): string[] {
  try {
    loadConfig(variables);
    return [];
  } catch {
    return [...new Set(problemsOf(variables).map(({ variable }) => variable))].sort();
  }
}
