import type { Client } from 'pg';
import { readLedger } from '../migrations/ledger.ts';
import type { BackupManifest, DatabaseLocale } from './manifest.ts';

/** What a backup says about the server and the database besides their contents. */
export type ServerFacts = {
  readonly serverVersion: string;
  readonly majorVersion: number;
  readonly databaseBytes: number;
  readonly locale: DatabaseLocale;
  readonly schema: BackupManifest['schema'];
};

const PROVIDERS = { c: 'libc', i: 'icu', b: 'builtin' } as const;

/** Reads them in the transaction that `client` has open, if any. */
export async function readServerFacts(client: Client): Promise<ServerFacts> {
  // The column of the locale has another name in some versions, and older ones have none: hence as JSON.
  const { rows } = await client.query<{
    version: string;
    number: string;
    bytes: string;
    encoding: string;
    database: Record<string, string | null>;
  }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
       pg_database_size(oid) as bytes, pg_encoding_to_char(encoding) as encoding, to_jsonb(pg_database) as database
     from pg_database
     where datname = current_database()`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The database was renamed or dropped meanwhile. Run this again.');
  const { datlocprovider, datcollate, datctype, datlocale, daticulocale } = row.database;
  const migrations = (await readLedger(client)) ?? [];
  return {
    serverVersion: row.version,
    majorVersion: Math.floor(Number(row.number) / 10_000),
    databaseBytes: Number(row.bytes),
    locale: {
      encoding: row.encoding,
      provider: PROVIDERS[(datlocprovider ?? 'c') as keyof typeof PROVIDERS],
      collate: datcollate ?? 'C',
      ctype: datctype ?? 'C',
      locale: datlocale ?? daticulocale ?? null,
    },
    schema: {
      version: migrations.at(-1)?.name ?? null,
      migrations: migrations.map(({ name, sha256 }) => ({ name, sha256 })),
    },
  };
}
