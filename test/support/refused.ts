import type { Test } from 'tap';
import type { Answer } from './http.ts';

export const BLANK = "can't be blank";
export const TAKEN = 'has already been taken';

/** The answer is a refusal of that status with exactly these `errors`, as a problem (RFC 9457). */
export function isRefused(
  t: Test,
  answer: Answer,
  status: number,
  errors: Readonly<Record<string, readonly string[]>>,
  what = '',
): void {
  t.equal(answer.status, status, `${what} is answered ${status}: ${answer.text}`);
  t.equal(answer.headers.get('content-type'), 'application/problem+json', what);
  t.same(answer.json?.errors, errors, what);
  t.equal(answer.json?.status, status, what);
}

/** The same, where only the one field matters that is complained about. */
export function complainsOf(t: Test, answer: Answer, status: number, field: string, what = field): void {
  t.equal(answer.status, status, `${what} is answered ${status}: ${answer.text}`);
  t.same(Object.keys(answer.json?.errors ?? {}), [field], what);
}

export const NO_TOKEN = { token: ['is missing'] } as const;
export const NOT_FOUND = (what: 'article' | 'profile' | 'comment') => ({ [what]: ['not found'] });
