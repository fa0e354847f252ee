import type { preValidationHookHandler } from 'fastify';
import { invalidRequest } from '../http/problem.ts';

/** The contract's bodies are four deep. What walks a body recursively must not meet one of a million brackets. */
const DEEPEST = 16;

/** Far more than any list may have. Of more, the schema would be held against each, and complain of each. */
const MOST_ITEMS = 1000;

/**
 * Brings every text of a JSON body into Unicode's composed form (NFC), so that what looks the same is the same, and
 * refuses what PostgreSQL cannot hold: a NUL (SQLSTATE 22021), and half of a surrogate pair, which would become U+FFFD
 * on the way.
 */
export const normaliseTexts: preValidationHookHandler = (request, _reply, done) => {
  const refused = new Map<string, string>();
  request.body = normalise(request.body, { field: 'body', depth: 0, refused });
  const errors = Object.fromEntries([...refused].map(([field, problem]) => [field, [problem]]));
  done(refused.size === 0 ? undefined : invalidRequest(errors));
};

/** The same form for what a path and a query name, so that they find what was stored. */
export const normaliseParameters: preValidationHookHandler = (request, _reply, done) => {
  for (const values of [request.params, request.query] as Record<string, unknown>[]) {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string') values[name] = value.normalize('NFC');
    }
  }
  done();
};

type Place = { readonly field: string; readonly depth: number; readonly refused: Map<string, string> };

function normalise(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return normaliseText(value, place);
  if (typeof value !== 'object' || value === null) return value;
  const { field, depth, refused } = place;
  if (depth === DEEPEST) {
    refused.set(field, 'is nested too deeply');
    return value;
  }
  const inside = { ...place, depth: depth + 1 };
  if (Array.isArray(value)) {
    if (value.length <= MOST_ITEMS) return value.map((item) => normalise(item, inside));
    refused.set(field, 'has too many items');
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, normalise(item, { ...inside, field: name })]),
  );
}

function normaliseText(text: string, { field, refused }: Place): string {
  if (text.includes('\0')) refused.set(field, 'must not contain NUL');
  else if (!text.isWellFormed()) refused.set(field, 'must not contain half a surrogate pair');
  return text.normalize('NFC');
}
