import { Client } from 'pg';
import type { Test } from 'tap';
import { until } from './http.ts';
import { sql } from './shared-servers.ts';

/** A session that forgot its transaction: what it has locked, in which mode, and what it calls itself. */
export type Holder = {
  /** One, or several with commas between them. */
  readonly table: string;
  readonly mode?: 'access share' | 'share' | 'access exclusive';
  readonly applicationName?: string;
};

/**
 * Holds a lock on a table until it is let go, so that whoever wants the table stops at a known point. It is a session of
 * our own that says when it has it: pg_locks shows those of other tests, too, whose tables have the same ids.
 */
export async function holdTable(
  test: Test,
  url: string,
  { table, mode = 'access exclusive', applicationName = 'holder' }: Holder,
): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url, application_name: applicationName });
  client.on('error', () => {});
  await client.connect();
  // Not by a goodbye, which a frozen server does not answer.
  test.teardown(() => client.connection.stream.destroy());
  await client.query(`begin; lock table ${table} in ${mode} mode`);
  return () => client.end();
}

/** Waits until somebody in that database waits for a lock. */
export async function untilSomebodyWaits(url: string, what = 'somebody waits for a lock'): Promise<void> {
  const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await until(what, async () => (await sql(url, waiting)).length > 0);
}
