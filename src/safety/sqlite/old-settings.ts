import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import type { DatabaseAddress } from '../../config/database-address.ts';

/** Whatever names a SQLite file or chooses SQLite. */
const NAMES_A_FILE = /^(sqlite3?|file):|\.(db3?|sqlite3?|s3db)(\?.*)?$|^:memory:$/i;
const CHOOSES_SQLITE = /sqlite/i;

/** The settings of the old application that must change, each with what to do. Values are not repeated: they may hold secrets. */
export function settingsToChange(file: string, address: DatabaseAddress, schema: string | undefined): string[] {
  let settings: Readonly<Record<string, string>>;
  try {
    settings = parse(readFileSync(file));
  } catch (error) {
    throw new Error(
      `The settings ${file} cannot be read (${error instanceof Error ? error.message : error}). Name the .env file of the ` +
        'old application, or leave --settings out.',
    );
  }
  const advice = Object.entries(settings).flatMap(([name, value]) => {
    if (NAMES_A_FILE.test(value)) {
      return [
        /url|uri|dsn/i.test(name)
          ? `${name} names a SQLite database: set it to ${postgresUrl(address)}`
          : `${name} names a SQLite file: remove it, and set ${newSettings(address)[0]}`,
      ];
    }
    if (CHOOSES_SQLITE.test(value)) {
      return [`${name} chooses SQLite: set it to ${postgresWord(value)}, or as your library names PostgreSQL`];
    }
    return /sqlite/i.test(name) ? [`${name} is about SQLite: remove it`] : [];
  });
  if (advice.length === 0)
    return [`${file} names no SQLite database. Look where else the old application is configured.`];
  return schema === undefined ? advice : [...advice, searchPath(schema)];
}

/** What any application needs to find the imported tables. */
export function newSettings(address: DatabaseAddress, schema?: string): string[] {
  const lines = [`DATABASE_URL=${postgresUrl(address)}`];
  return schema === undefined ? lines : [...lines, searchPath(schema)];
}

function postgresUrl({ host, port, name }: DatabaseAddress): string {
  const place = host.includes(':') ? `[${host}]` : host;
  return `postgres://USER:PASSWORD@${place}:${port}/${encodeURIComponent(name)}`;
}

function searchPath(schema: string): string {
  return `The tables are in the schema ${schema}: alter role USER set search_path = "${schema}"`;
}

function postgresWord(value: string): string {
  if (/^django/i.test(value)) return 'django.db.backends.postgresql';
  if (/better-sqlite3|^sqlite3$/i.test(value)) return 'pg';
  return value.replace(/sqlite3?/i, 'postgresql');
}
