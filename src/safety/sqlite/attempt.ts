import type { Client } from 'pg';
import pg from 'pg';

/** The data or the definition is not PostgreSQL's: values, constraints, names, what it lacks and what it limits. */
const REFUSALS = /^(22|23|42|0A|54)/;

/** Runs a statement; where PostgreSQL refuses it, nothing of it is left and the reason is returned. */
export async function attempt(client: Client, statement: string): Promise<string | undefined> {
  await client.query('savepoint addition');
  try {
    await client.query(statement);
    await client.query('release savepoint addition');
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !REFUSALS.test(error.code ?? '')) throw error;
    await client.query('rollback to savepoint addition; release savepoint addition');
    return error.message;
  }
}
