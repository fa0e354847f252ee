import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Statement } from '../database/statement.ts';
import type { Transaction } from '../database/transaction.ts';
import { viewerIn } from '../http/authentication.ts';
import { Problem } from '../http/problem.ts';
import { takeTurn } from './writers-turn.ts';

const HEADER = 'idempotency-key';
const LONGEST_KEY = 255;
/**
 * Another one whenever answers that are kept change their shape. A version of before or after, which could not read them,
 * then refuses to repeat them.
 */
const SHAPE = 2;

/** Waits for a concurrent request with the same key, then returns a row only if this one is the first. */
const claimKey: Statement = {
  name: 'idempotency.claim',
  text: `
insert into idempotency_keys (user_id, key, request_digest, answer)
values ($1::bigint, $2::text, $3::text, '')
on conflict (user_id, key) do nothing
returning key`,
};

/** What the first request was, and was answered. $1 user, $2 key */
const answerOfKey: Statement = {
  name: 'idempotency.answer',
  text: `
select json_build_object('digest', request_digest, 'answer', answer)::text
from idempotency_keys
where user_id = $1::bigint and key = $2::text`,
};

const keepAnswer: Statement = {
  name: 'idempotency.keep',
  text: `
update idempotency_keys
set answer = $3::text
where user_id = $1::bigint and key = $2::text
returning key`,
};

/** Keys are for clients that lost an answer a moment ago: after a day they go, a few with each new one. */
const forgetOldKeys: Statement = {
  name: 'idempotency.forget_old',
  text: `
delete from idempotency_keys
where (user_id, key) in (
  select user_id, key
  from idempotency_keys
  where created_at < now() - interval '24 hours'
  limit 10
  for update skip locked
)`,
};

/** Runs one statement that changes something: by itself, or in a transaction with others. */
export type Change = Transaction['query'];

/**
 * Does `work` once for each Idempotency-Key of a viewer (draft-ietf-httpapi-idempotency-key-header) and answers a repeated
 * request with the first one's answer. The key is kept in the transaction of the work, of that name: a crash leaves both or
 * neither. Without a key, `work` needs no transaction: it makes its change by one statement.
 * @throws {Problem} invalid-request when the key was used for another request
 */
export async function once(
  request: FastifyRequest,
  name: string,
  work: (change: Change) => Promise<string>,
): Promise<string> {
  const key = request.headers[HEADER];
  if (key === undefined) return work((statement, values) => request.database.write(statement, values));
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY) throw refused('has 1 to 255 characters');
  return request.database.transaction(name, (transaction) => onceFor(request, key, transaction, work));
}

async function onceFor(
  request: FastifyRequest,
  key: string,
  transaction: Transaction,
  work: (change: Change) => Promise<string>,
): Promise<string> {
  const { id } = viewerIn(request);
  const digest = createHash('sha256')
    .update(JSON.stringify([SHAPE, request.url, request.body]))
    .digest('base64url');
  // A key is of its user, whose row it locks.
  await transaction.query(takeTurn, []);
  await transaction.query(forgetOldKeys, []);
  if ((await transaction.query(claimKey, [id, key, digest])) !== null) {
    const answer = await work((statement, values) => transaction.query(statement, values));
    await transaction.query(keepAnswer, [id, key, answer]);
    return answer;
  }
  const first = JSON.parse((await transaction.query(answerOfKey, [id, key])) ?? '{}') as {
    digest?: string;
    answer?: string;
  };
  if (first.digest !== digest || first.answer === undefined) throw refused('was used for another request');
  return first.answer;
}

function refused(problem: string): Problem {
  return new Problem('invalid-request', `An Idempotency-Key ${problem}.`, { 'Idempotency-Key': [problem] });
}
