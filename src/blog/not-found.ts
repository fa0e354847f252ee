import { Problem } from '../http/problem.ts';

/** The contract's 404, whose key says what is missing. */
export function notFound(missing = 'resource'): Problem {
  return new Problem('not-found', `There is no such ${missing}.`, { [missing]: ['not found'] });
}
