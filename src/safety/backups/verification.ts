import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Config } from '../../config/config.ts';
import { writeAtomically } from './durable-files.ts';
import { usableBackups } from './store.ts';

const VERIFICATION_FILE = 'verification.json';

/** What came of the last attempt to prove a backup. It lies beside the dump, and goes where that goes. */
const verification = Type.Object({
  at: Type.String({ format: 'date-time' }),
  durationMs: Type.Integer({ minimum: 0 }),
  /** What pg_amcheck said of the restored tables and indexes. */
  amcheck: Type.Enum(['passed', 'unavailable', 'not reached']),
  /** Undefined when every check passed. */
  problem: Type.Optional(Type.String()),
});
export type Verification = Static<typeof verification>;

/** The last verification of the backup at `path`; undefined when there was none that can be read. */
export async function readVerification(path: string): Promise<Verification | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(path, VERIFICATION_FILE), 'utf8'));
    return Value.Check(verification, parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function writeVerification(path: string, result: Verification): Promise<void> {
  return writeAtomically(join(path, VERIFICATION_FILE), `${JSON.stringify(result, null, 2)}\n`);
}

/** What is known of a backup by its last verification. */
export function proofOf(result: Verification | undefined): 'passed' | 'failed' | 'none' {
  if (result === undefined) return 'none';
  return result.problem === undefined ? 'passed' : 'failed';
}

/** The complete backups, newest first, each with what is known of it. */
export async function verifiedBackups({ backups, database }: Pick<Config, 'database' | 'backups'>) {
  const usable = await usableBackups(backups.folder, database.name);
  return Promise.all(
    usable.map(async (backup) => ({ ...backup, verification: await readVerification(backup.path) })),
  );
}
