import type { ParseArgsOptionsConfig } from 'node:util';
import type { Environment } from './config.ts';

/** Without it we ask, so nothing happens unasked; and many an .npmrc says yes to npm's own questions. */
const ASKED_OTHERWISE = 'yes';

/**
 * Where no "--" stands before an option of `npm run NAME`, npm keeps it as npm_config_OPTION, and the script runs
 * without it. Says so of the first one that is not among those given; undefined when there is none.
 */
export function keptByNpm(
  environment: Environment,
  script: string,
  options: ParseArgsOptionsConfig,
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  if (environment.npm_lifecycle_event !== script) return undefined;
  const kept = Object.keys(options).find((option) => {
    const value = environment[`npm_config_${option.replaceAll('-', '_')}`] ?? '';
    return value !== '' && given[option] === undefined && option !== ASKED_OTHERWISE;
  });
  if (kept === undefined) return undefined;
  return (
    `npm kept --${kept} for itself, so nothing was done. Write "--" before it: npm run ${script} -- … --${kept}\n` +
    `If you did not type it, an .npmrc says it: npm run ${script} --no-${kept}`
  );
}
