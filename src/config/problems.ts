/** One thing wrong with the configuration: which variable, what is wrong with it, what to do about it. */
export type ConfigurationProblem = {
  readonly variable: string;
  readonly problem: string;
  readonly remedy: string;
};

/** Exit code for a wrong configuration: EX_CONFIG of sysexits(3). */
export const EXIT_CONFIGURATION = 78;

/** Thrown once, with every problem found. Its message is meant for a person and carries no secret. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(report(problems));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

function report(problems: readonly ConfigurationProblem[]): string {
  const settings = problems.length === 1 ? '1 setting needs' : `${problems.length} settings need`;
  const lines = problems.map(
    ({ variable, problem, remedy }) => `  ${variable}\n    wrong: ${problem}\n    to do: ${remedy}`,
  );
  return `Steadfast cannot start: ${settings} attention.\n\n${lines.join('\n\n')}\n`;
}

/** A connection URL as it may be shown: the password replaced, or only the scheme when it cannot be read. */
export function maskUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    for (const name of parsed.searchParams.keys()) parsed.searchParams.set(name, '***');
    return parsed.href;
  } catch {
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
    return scheme === undefined ? '***' : `${scheme}***`;
  }
}
