import type { Settlement } from './journal.ts';
import type { Outcome, RouteKind } from './record.ts';
import type { Reply } from './requester.ts';

/** Answers that say that nothing of the request can have happened, by the end of their problem type. */
const NOTHING_HAPPENED = ['database-unavailable', 'overloaded', 'schema-invalid'];

/**
 * What the reader of an answer makes of it. After a first try that ended without an answer, "gone" and "taken" say that
 * it was the first try that did it.
 */
export function outcomeOf(kind: RouteKind, reply: Reply, triedBefore: boolean): Outcome {
  if (reply.status === 503) return isUnknown(reply) ? 'unknown' : 'refused';
  const isSecond = triedBefore && [404, 409].includes(reply.status);
  const isAnswer = reply.status < 400 || isSecond || (kind === 'unseen' && reply.status === 404);
  if (!isAnswer) return 'failed';
  return reply.cacheStatus.includes('stale-if-error') ? 'stale' : 'answered';
}

/** What the writer of a request knows after its answer. After a first try that ended without one, a refusal says little. */
export function settlementOf(reply: Reply, triedBefore: boolean): Settlement {
  if (reply.status < 300) return 'acknowledged';
  if (triedBefore) return 'unknown';
  if (reply.status === 503) return isUnknown(reply) ? 'unknown' : 'refused';
  return reply.status < 500 ? 'refused' : 'unknown';
}

/** True for a 503 that does not say for certain that nothing was changed. */
function isUnknown({ body }: Reply): boolean {
  const { type = '', detail = '' } = problemIn(body);
  return /not known/.test(detail) || !NOTHING_HAPPENED.some((code) => type.endsWith(`:${code}`));
}

/** The answer's status and, where it is a problem, which: "503 overloaded". */
export function saidBy({ status, body }: Reply): string {
  const { type = '' } = status < 400 ? {} : problemIn(body);
  return `${status} ${type.replace(/^.*:/, '')}`.trimEnd();
}

function problemIn(body: string): { type?: string; detail?: string } {
  try {
    return JSON.parse(body) as { type?: string; detail?: string };
  } catch {
    return {};
  }
}

/** What the answer to a write says that later requests need to know: the slug of an article, the id of a comment. */
export function detailsIn({ body }: Reply): Record<string, string> | undefined {
  if (body === '') return undefined;
  const { article, comment } = JSON.parse(body) as { article?: { slug: string }; comment?: { id: number } };
  if (article !== undefined) return { slug: article.slug };
  return comment === undefined ? undefined : { id: String(comment.id) };
}
