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

/** Something else that a person has to mend before it makes sense to run. Its message says what. */
export class StartRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartRefused';
  }
}

/** What to do where PostgreSQL has no database of that name. An empty one comes last: it hides that the other is lost. */
export const NO_SUCH_DATABASE =
  'Correct the name; if it should have data, restore it (npm run restore -- latest); if it is a new one, create it, ' +
  'run sql/roles.sql in it, then: npm run migrate';

function report(problems: readonly ConfigurationProblem[]): string {
  const settings = problems.length === 1 ? '1 setting needs' : `${problems.length} settings need`;
  const lines = problems.map(
    ({ variable, problem, remedy }) => `  ${variable}\n    wrong: ${problem}\n    to do: ${remedy}`,
  );
  return `Steadfast cannot start: ${settings} attention.\n\n${lines.join('\n\n')}\n`;
}

/** Scheme, user information, host and path, parameters: a URL in which no password can hide anywhere else. */
const PLAIN_URL = /^([a-z][a-z0-9+.-]*:\/\/)([^@/?#]*@)?([^@?#]*)(\?[^@#]*)?$/i;

/** A connection URL as it may be shown: user, password and parameters hidden, in doubt all but the scheme. */
export function maskUrl(url: string): string {
  const [, scheme, user, place, parameters] = PLAIN_URL.exec(url) ?? [];
  if (scheme !== undefined && URL.canParse(url)) {
    return `${scheme}${user === undefined ? '' : '***@'}${place}${parameters === undefined ? '' : '?***'}`;
  }
  return `${/^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? ''}***`;
}
