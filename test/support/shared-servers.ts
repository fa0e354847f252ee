import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Test } from 'tap';

export const TEMPLATE_DATABASE = 'steadfast_template';

/** The servers that test/run.ts started once for the whole run. */
export function sharedServers(): { readonly postgresUrl: string; readonly redisUrl: string } {
  const { STEADFAST_TEST_POSTGRES_URL: postgresUrl, STEADFAST_TEST_REDIS_URL: redisUrl } = process.env;
  if (postgresUrl === undefined || redisUrl === undefined) {
    throw new Error(
      'Run the tests with npm test (npm test -- FILE for one file): it starts the servers they need.',
    );
  }
  return { postgresUrl, redisUrl };
}

/** The same URL with another database's name. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** Runs SQL on a connection of its own and returns the rows. */
export async function sql<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A database of the test's own: `sample` has the schema and the sample blog, `empty` has nothing at all. */
export async function createDatabase(test: Test, content: 'sample' | 'empty' = 'sample'): Promise<string> {
  const { postgresUrl } = sharedServers();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const template = content === 'sample' ? TEMPLATE_DATABASE : 'template0';
  await sql(postgresUrl, `create database ${name} template ${template}`);
  test.teardown(() => sql(postgresUrl, `drop database if exists ${name} with (force)`));
  return withDatabase(postgresUrl, name);
}
