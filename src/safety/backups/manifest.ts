import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

/** Why a backup was taken: what decides how long it is kept. */
export const BACKUP_REASONS = ['daily', 'manual', 'pre-migration', 'pre-restore'] as const;
export type BackupReason = (typeof BACKUP_REASONS)[number];

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const integer = Type.String({ pattern: '^-?[0-9]+$' });
const count = Type.Integer({ minimum: 0 });

/** One table as it was in the snapshot that was dumped. */
export const tableFigures = Type.Object({
  /** `schema.table`, quoted where PostgreSQL would have to. */
  name: Type.String(),
  rows: count,
  /** The sum of a 64-bit hash of every row: the same in whatever order the rows are read. */
  checksum: integer,
});
export type TableFigures = Static<typeof tableFigures>;

/** How rows can be hashed for the sums of tables. */
const ROW_HASHES = ['sha256', 'hashtextextended'] as const;

export const rowHash = Type.Object({
  name: Type.Enum([...ROW_HASHES]),
  /** What it makes of a known row on the server that was backed up. */
  probe: integer,
});
export type RowHash = Static<typeof rowHash>;

/** What a database holds, so that two of them can be compared. */
export const databaseContents = Type.Object({
  tables: Type.Array(tableFigures),
  /** What the sums of the tables are of. The first backups do not say: theirs are of 64 bits of SHA-256. */
  rowHash: Type.Optional(rowHash),
  /** Sequences that were used, with the last value each gave; text, because it may be larger than a number. */
  sequences: Type.Array(Type.Object({ name: Type.String(), lastValue: integer, increment: integer })),
  /** Everything the schema consists of, each with a digest of its definition. */
  objects: Type.Array(Type.Object({ name: Type.String(), digest: Type.String() })),
});
export type DatabaseContents = Static<typeof databaseContents>;

/** How the database was created, which no dump without --create carries. */
export const databaseLocale = Type.Object({
  encoding: Type.String(),
  provider: Type.Enum(['libc', 'icu', 'builtin']),
  collate: Type.String(),
  ctype: Type.String(),
  /** Of the providers icu and builtin. */
  locale: Type.Union([Type.String(), Type.Null()]),
});
export type DatabaseLocale = Static<typeof databaseLocale>;

/** Everything a backup says about itself. It is written when the dump is complete, and never changed. */
export const backupManifest = Type.Object({
  format: Type.Literal(1),
  /** The backup's name, which is its folder's. */
  name: Type.String({ minLength: 1 }),
  reason: Type.Enum([...BACKUP_REASONS]),
  takenAt: Type.String({ format: 'date-time' }),
  durationMs: count,
  database: Type.Object({
    name: Type.String(),
    locale: databaseLocale,
    /** What it took in PostgreSQL, indexes included. The first backups do not say. */
    bytes: Type.Optional(count),
  }),
  serverVersion: Type.String(),
  schema: Type.Object({
    /** The last migration; null where none was applied. */
    version: Type.Union([Type.String(), Type.Null()]),
    migrations: Type.Array(Type.Object({ name: Type.String(), sha256: Type.Union([sha256, Type.Null()]) })),
  }),
  dump: Type.Object({ bytes: count, sha256 }),
  contents: databaseContents,
});
export type BackupManifest = Static<typeof backupManifest>;

/** A backup that cannot be trusted: what was found, in a sentence. */
export class BackupDamaged extends Error {
  constructor(backup: string, finding: string, verdict = 'is damaged') {
    super(`The backup ${backup} ${verdict}: ${finding}`);
    this.name = 'BackupDamaged';
  }
}

/** The text of a manifest: JSON that ends with a digest of all that comes before. */
export function writeManifest(manifest: BackupManifest): string {
  return seal(manifest);
}

function seal(manifest: object): string {
  const digest = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  return `${JSON.stringify({ ...manifest, digest }, null, 2)}\n`;
}

/**
 * Reads a manifest back.
 * @throws {BackupDamaged} when a single byte is not as it was written
 */
export function readManifest(text: string, name: string): BackupManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new BackupDamaged(name, 'its manifest cannot be read as JSON. Use another backup.');
  }
  if (typeof parsed !== 'object' || parsed === null || !('digest' in parsed)) {
    throw new BackupDamaged(name, 'its manifest has no digest. Use another backup.');
  }
  const { digest: _digest, ...manifest } = parsed;
  const isAsWritten = seal(manifest) === text;
  if (isAsWritten) refuseUnknownHash(manifest, name);
  if (!isAsWritten || !Value.Check(backupManifest, manifest)) {
    throw new BackupDamaged(name, 'its manifest is not as it was written. Use another backup.');
  }
  if (manifest.name !== name) {
    throw new BackupDamaged(name, `its manifest belongs to ${manifest.name}. Use another backup.`);
  }
  return manifest;
}

const namesHash = Type.Object({ contents: Type.Object({ rowHash: Type.Object({ name: Type.String() }) }) });

/** A later version may know more of them, and its backups are not damaged. */
function refuseUnknownHash(manifest: object, backup: string): void {
  if (!Value.Check(namesHash, manifest)) return;
  const { name } = manifest.contents.rowHash;
  if (ROW_HASHES.some((known) => known === name)) return;
  throw new BackupDamaged(
    backup,
    `its rows are summed by "${name}", which this version of Steadfast does not know. If a later one took it, restore ` +
      'with that; else use another backup.',
  );
}
