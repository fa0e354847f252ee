import type { preValidationHookHandler } from 'fastify';
import { invalidRequest } from '../http/problem.ts';
import { notFound } from './not-found.ts';

const PLAIN_NUMBER = /^\d+$/;
const LONGEST_NAME = 255;

/**
 * Refuses what the schema's coercion lets pass: it reads 1e1, 0x10 and " 5" as numbers, and 400 digits as Infinity,
 * which it finds smaller than any maximum. And a NUL, which PostgreSQL cannot hold (SQLSTATE 22021).
 */
export function strictQuery(...numbers: readonly string[]): preValidationHookHandler {
  return (request, _reply, done) => {
    const errors: Record<string, string[]> = {};
    for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
      if (typeof value !== 'string') continue; // a repeated parameter: the schema says so
      if (value.includes('\0')) errors[name] = ['must not contain NUL'];
      else if (numbers.includes(name) && !isWholeNumber(value)) errors[name] = ['must be a whole number'];
    }
    done(Object.keys(errors).length === 0 ? undefined : invalidRequest(errors));
  };
}

function isWholeNumber(text: string): boolean {
  return PLAIN_NUMBER.test(text) && Number.isFinite(Number(text));
}

/** False for a slug or username that no row can have, so that PostgreSQL need not be asked. */
export function isPossibleName(name: string): boolean {
  return name !== '' && !name.includes('\0') && [...name].length <= LONGEST_NAME;
}

/** Answers 404 for a slug or username in the path that no row can have. */
export function impossibleNameIsMissing(what: 'article' | 'profile'): preValidationHookHandler {
  const parameter = what === 'article' ? 'slug' : 'username';
  return (request, _reply, done) => {
    const name = (request.params as Record<string, string>)[parameter] ?? '';
    done(isPossibleName(name) ? undefined : notFound(what));
  };
}
