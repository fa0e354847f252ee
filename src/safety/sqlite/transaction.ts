import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';
import type { SourceFile } from './source-file.ts';
import { RowRefused } from './table-import.ts';
import { explain, UnusableFile } from './unusable-file.ts';

export type TransactionOptions = {
  /** Does everything and then undoes it. */
  readonly dryRun: boolean;
  readonly progress: (sentence: string) => void;
};

/** No time limit but for locks, and how PostgreSQL writes moments that are read back as text. */
const SESSION = {
  statement_timeout: '0',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '0',
  timezone: 'UTC',
  datestyle: 'ISO',
};

/**
 * Runs `work` in one transaction, which is committed only if the file is still what it was.
 * @throws {UnusableFile | RowRefused} as `work` does; anything else with what became of the import
 */
export async function allOrNothing<Result>(
  address: DatabaseAddress,
  { dryRun, progress }: TransactionOptions,
  source: SourceFile,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  let committing = false;
  const transaction = async (client: Client) => {
    await client.query('begin');
    try {
      const result = await work(client);
      source.ensureUnchanged();
      progress(dryRun ? 'Undoing everything, as this is a dry run' : 'Committing');
      committing = !dryRun;
      await client.query(dryRun ? 'rollback' : 'commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  };
  return withConnection(address, transaction, SESSION).catch((thrown: unknown) => {
    const error = explain(thrown, source.path);
    if (error instanceof UnusableFile || error instanceof RowRefused) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    const outcome = committing
      ? `Whether the import was committed is not known (${problem}). Run this again: if it was, that is refused.`
      : `Nothing was imported: ${problem}. Mend that and run this again.`;
    throw new Error(outcome, { cause: error });
  });
}
