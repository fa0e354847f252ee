import { quoteName } from './quoting.ts';
import { identityOf } from './rows.ts';
import type { SourceFile } from './source-file.ts';
import { query, type SourceTable } from './source-schema.ts';
import { explain, UnusableFile } from './unusable-file.ts';

const LISTED = 10;

/**
 * SQLite's own check of the whole file, its pages and its indexes. Read-only, it does not look at CHECK: PostgreSQL does.
 * @throws {UnusableFile}
 */
export function checkIntegrity({ database, path }: SourceFile): void {
  let found: string[];
  try {
    found = query(database, 'pragma integrity_check').map((row) => String(Object.values(row)[0]));
  } catch (error) {
    throw explain(error, path);
  }
  if (found.length === 1 && found[0] === 'ok') return;
  throw new UnusableFile(
    `${path} is damaged, or rows in it break its own rules. SQLite's integrity check says:\n${list(found)}\n` +
      'Mend it first: look for a good copy, write one anew (sqlite3 FILE .recover), or correct the rows.',
  );
}

/**
 * Finds rows that refer to rows that are not there. A table that is not there at all is none of its business.
 * @throws {UnusableFile}
 */
export function checkForeignKeys({ database, path }: SourceFile, tables: readonly SourceTable[]): void {
  const present = new Set(tables.map(({ name }) => name.toLowerCase()));
  const found: string[] = [];
  for (const { name, foreignKeys } of tables) {
    if (foreignKeys.length === 0) continue;
    for (const { rowid, parent } of orphansOf(database, name)) {
      if (!present.has(String(parent).toLowerCase())) continue;
      const row = rowid === null ? 'a row' : `rowid ${rowid}`;
      found.push(`${name}, ${row}: refers to a row of ${parent} that does not exist`);
    }
  }
  if (found.length === 0) return;
  throw new UnusableFile(
    `Rows of ${path} refer to rows that do not exist (${found.length}):\n${list(found)}\n` +
      'Correct them in SQLite, or import with --rejects, which puts such rows aside.',
  );
}

/**
 * Finds texts in UTF-16 that have half a character: SQLite makes another one of it and what follows, and its functions hand
 * that on. Needed where its SQL comes in between; otherwise the bytes of each text can be looked at.
 * @throws {UnusableFile}
 */
export function checkHalfCharacters(
  { database, path, encoding }: SourceFile,
  tables: readonly SourceTable[],
): void {
  if (encoding === 'utf-8') return;
  const found: string[] = [];
  for (const table of tables) {
    for (const { name } of table.columns) {
      const column = quoteName(name);
      // What replace() gives was read and written anew.
      const halves = query(
        database,
        `select ${identityOf(table) ?? 'null'} as identity from main.${quoteName(table.name)}
         where typeof(${column}) = 'text' and ${column} <> replace(${column}, 'a', 'a') collate binary
         limit ${LISTED}`,
      );
      for (const { identity } of halves) found.push(`${table.name}.${name}, row ${identity ?? 'unknown'}`);
    }
  }
  if (found.length === 0) return;
  throw new UnusableFile(
    `Texts of ${path} have halves of characters (UTF-16). Nothing was imported. Among them:\n${list(found)}\n` +
      'Correct them in SQLite, then run this again.',
  );
}

function orphansOf(database: SourceFile['database'], table: string) {
  try {
    return query(database, `pragma main.foreign_key_check(${quoteName(table)})`);
  } catch {
    // The key itself is impossible ("foreign key mismatch"): PostgreSQL will say so when it is added.
    return [];
  }
}

/** The first few, one a line, and how many more there are. */
export function list(lines: readonly string[], all = lines.length): string {
  const shown = lines.slice(0, LISTED).map((line) => `  ${line}`);
  if (all > shown.length) shown.push(`  … and ${all - shown.length} more`);
  return shown.join('\n');
}
