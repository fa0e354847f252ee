import { type Client, escapeIdentifier } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';

/** The database every server has; from there others can be created, renamed and dropped. */
export function maintenanceAddress(address: DatabaseAddress): DatabaseAddress {
  return { ...address, name: 'postgres' };
}

/** The databases of the server. */
export async function databaseNames(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
  return rows.map(({ datname }) => datname);
}

/** What PostgreSQL says where somebody is connected to a database that is to be renamed. */
export const OBJECT_IN_USE = '55006';

/** @throws {DatabaseError} with OBJECT_IN_USE while somebody is connected to it */
export async function renameDatabase(client: Client, from: string, to: string): Promise<void> {
  await client.query(`alter database ${escapeIdentifier(from)} rename to ${escapeIdentifier(to)}`);
}

/** Drops it, whoever is connected; nothing when it is not there. */
export async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}
