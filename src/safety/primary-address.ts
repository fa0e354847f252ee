import { Client } from 'pg';
import { connectionOptions, type DatabaseAddress, directAddress } from '../config/database-address.ts';
import { formatHost, type HostPort } from '../config/host-list.ts';
import { messageOf } from './error-message.ts';

const ASK_TIMEOUT_MS = 5000;

const TIMELINE = `
select case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end as timeline`;

/**
 * The address of the server that takes changes: past a pooler, and of several hosts the one that is the primary.
 * @throws {Error} when several are configured and none of them is; one alone is not asked
 */
export async function primaryAddress(address: DatabaseAddress): Promise<DatabaseAddress> {
  const direct = directAddress(address);
  if (direct.hosts.length <= 1) return direct;
  const answers = await Promise.allSettled(direct.hosts.map((host) => askTimeline({ ...direct, ...host })));
  let primary: { readonly host: HostPort; readonly timeline: number } | undefined;
  for (const [index, host] of direct.hosts.entries()) {
    const answer = answers[index];
    const timeline = answer?.status === 'fulfilled' ? answer.value : undefined;
    // Of two that take changes, the one with fewer promotions behind it was left behind by one.
    if (timeline !== undefined && (primary === undefined || timeline > primary.timeline))
      primary = { host, timeline };
  }
  if (primary === undefined) throw new Error(explainNone(direct.hosts, answers));
  return { ...direct, ...primary.host };
}

/** Rises with each promotion; undefined on a standby. */
async function askTimeline(address: DatabaseAddress): Promise<number | undefined> {
  const client = new Client({
    ...connectionOptions(address),
    application_name: 'steadfast-safety',
    connectionTimeoutMillis: ASK_TIMEOUT_MS,
    query_timeout: ASK_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ timeline: string | null }>(TIMELINE);
    const timeline = rows[0]?.timeline ?? null;
    return timeline === null ? undefined : Number.parseInt(timeline, 16);
  } finally {
    // A server that does not answer would not say goodbye either.
    client.connection.stream.destroy();
    void client.end().catch(() => {});
  }
}

function explainNone(
  hosts: readonly HostPort[],
  answers: readonly PromiseSettledResult<number | undefined>[],
): string {
  const said = answers.map((answer, index) => {
    const host = hosts[index];
    const what = answer.status === 'fulfilled' ? 'is a standby' : messageOf(answer.reason);
    return `${host === undefined ? '' : formatHost(host)} ${what}`;
  });
  return `None of the configured servers is the primary: ${said.join('; ')}. Start the primary or promote a standby, and run this again.`;
}
