import type { Client } from 'pg';
import type { DatabaseContents, RowHash } from './manifest.ts';

export type RowHashName = RowHash['name'];

/** What new backups are summed with. */
export const PRESENT_ROW_HASH: RowHashName = 'hashtextextended';
/** What backups are summed with that do not say it. */
const FIRST_ROW_HASH: RowHashName = 'sha256';

/** SQL that makes 64 bits of the row `one`, given SQL that makes a text of each of its columns. */
const EXPRESSIONS: Readonly<Record<RowHashName, (texts: readonly string[]) => string>> = {
  sha256: () => "('x' || substr(sha256(convert_to((one.*)::text, 'UTF8'))::text, 3, 16))::bit(64)::bigint",
  // Each column starts from the hash of those before it, so that values in another column or row are noticed. A text of
  // the whole row would take twice the time.
  hashtextextended: (texts) =>
    texts.reduce((before, text) => `hashtextextended(coalesce(${text}, ${NULL}) collate "C", ${before})`, '0'),
};

/** Stands for null: nothing that a value is by accident, as an empty text or \N would be. */
const NULL = "'null 6f1d0c3a9b57e284'";

/** What that hash makes of a known row: another answer elsewhere means that sums say nothing there. */
const PROBE = ['one.words', 'one.nothing'];
const PROBED = "select 'longer than what is hashed at once' as words, null as nothing";

export function rowHashExpression(name: RowHashName, texts: readonly string[]): string {
  return EXPRESSIONS[name](texts);
}

/** How the rows of a backup are hashed. */
export function rowHashOf({ rowHash }: DatabaseContents): RowHashName {
  return rowHash?.name ?? FIRST_ROW_HASH;
}

/** A hash as this server has it. */
export async function probeRowHash(client: Client, name: RowHashName): Promise<RowHash> {
  const { rows } = await client.query<{ probe: string }>(
    `select ${rowHashExpression(name, PROBE)} as probe from (${PROBED}) as one`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`PostgreSQL did not say what ${name} is. Run this again.`);
  return { name, probe: row.probe };
}

/** Whether this server hashes rows as the one did that the backup was taken on. Versions and processors may differ. */
export async function hashesAsBackup(client: Client, { rowHash }: DatabaseContents): Promise<boolean> {
  return rowHash === undefined || (await probeRowHash(client, rowHash.name)).probe === rowHash.probe;
}
