import type { Statement } from '../database/statement.ts';

/**
 * Waits for the turn that triggers take before a row is written (docs/decisions/0007). Where rows are locked before that, or what
 * comes after is to see what was written meanwhile, it is the first statement of the transaction.
 */
export const takeTurn: Statement = {
  name: 'blog.take_turn',
  text: "select pg_advisory_xact_lock_shared(hashtext('writers of the blog'))::text",
};
