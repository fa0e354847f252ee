import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../config/database-address.ts';
import { withConnection } from './connection.ts';

const SQL = join(import.meta.dirname, '../../sql');
const ARTICLES_AT_ONCE = 50_000;
/** Once a seed is killed, PostgreSQL stops what it was told to generate. */
const SESSION = { client_connection_check_interval: '1s' };

/** Loads the sample blog into an empty database. Returns false, and changes nothing, where there are users. */
export function seedSample(address: DatabaseAddress): Promise<boolean> {
  return withConnection(address, (client) =>
    inTransaction(client, async () => {
      // Two setups at once: the second waits here, then sees the first one's users.
      await client.query('lock table users in share row exclusive mode');
      const { rowCount } = await client.query('select from users limit 1');
      if (rowCount !== 0) return false;
      await client.query(readFileSync(join(SQL, 'sample-data.sql'), 'utf8'));
      return true;
    }),
  );
}

export type GeneratedAmounts = { readonly users: number; readonly articles: number };

/** Adds that many generated users and articles to what is there, with tags, follows and favorites. */
export function seedGenerated(
  address: DatabaseAddress,
  { users, articles }: GeneratedAmounts,
  progress: (sentence: string) => void,
): Promise<void> {
  const generate = (name: string) => readFileSync(join(SQL, 'generate', `${name}.sql`), 'utf8');
  const seed = async (client: Client) => {
    const firstUser = await reserveIds(client, 'users', users);
    const firstArticle = await reserveIds(client, 'articles', articles);
    await client.query(generate('users'), [firstUser, firstUser + users - 1]);
    progress(`${users} users`);
    for (let done = 0; done < articles; ) {
      const from = firstArticle + done;
      const size = Math.min(ARTICLES_AT_ONCE, articles - done);
      await client.query(generate('articles'), [from, from + size - 1, firstUser, users]);
      done += size;
      progress(`${done} of ${articles} articles`);
    }
    await client.query(generate('follows'), [firstUser, users]);
    await client.query(generate('favorites'), [firstUser, users, firstArticle, articles]);
    progress('follows and favorites');
    await client.query('analyze');
  };
  return withConnection(address, seed, SESSION);
}

/** Takes `amount` ids in a row out of the table's sequence, so that nobody is given one of them later. */
async function reserveIds(client: Client, table: 'users' | 'articles', amount: number): Promise<number> {
  const { rows } = await client.query<{ first: string }>(
    `select first, setval(sequence, first + $1, false)
     from (
       select sequence, greatest(nextval(sequence), (select coalesce(max(id), 0) + 1 from ${table})) as first
       from pg_get_serial_sequence('${table}', 'id') as sequence
     ) as reserved`,
    [amount],
  );
  return Number(rows[0]?.first);
}

async function inTransaction<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
