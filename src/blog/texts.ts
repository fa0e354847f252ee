import type { preValidationHookHandler } from 'fastify';
import { invalidRequest } from '../http/problem.ts';

/**
 * Brings every text of a JSON body into Unicode's composed form (NFC), so that what looks the same is the same, and
 * refuses a NUL, which PostgreSQL cannot hold (SQLSTATE 22021).
 */
export const normaliseTexts: preValidationHookHandler = (request, _reply, done) => {
  const withNul = new Set<string>();
  request.body = normalise(request.body, 'body', withNul);
  const errors = Object.fromEntries([...withNul].map((field) => [field, ['must not contain NUL']]));
  done(withNul.size === 0 ? undefined : invalidRequest(errors));
};

function normalise(value: unknown, field: string, withNul: Set<string>): unknown {
  if (typeof value === 'string') {
    if (value.includes('\0')) withNul.add(field);
    return value.normalize('NFC');
  }
  if (Array.isArray(value)) return value.map((item) => normalise(item, field, withNul));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalise(item, name, withNul)]));
  }
  return value;
}
