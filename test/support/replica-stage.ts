import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { ReplicatedPostgres, ReplicatedServer } from '../../src/throwaway/replicated-postgres.ts';
import { get, until } from './http.ts';
import { replicatedPostgres } from './replicated.ts';
import { sharedServers, sql } from './shared-servers.ts';
import { type RunningSteadfast, startSteadfast } from './steadfast.ts';

export function environmentOf({ primary, standbys }: ReplicatedPostgres, more: Record<string, string> = {}) {
  return {
    DATABASE_URL: primary.url,
    DB_REPLICA_HOSTS: standbys.map(({ port }) => `127.0.0.1:${port}`).join(),
    REDIS_URL: sharedServers().redisUrl,
    REDIS_KEY_PREFIX: `test-${randomUUID()}`,
    RATE_LIMIT_PER_MINUTE: '0',
    JWT_SECRET: 'for the two servers of one test only',
    ...more,
  };
}

export type Replica = { name: string; usable: boolean; lag_ms: number | null };

export async function replicasOf({ origin }: RunningSteadfast): Promise<Replica[]> {
  return (await get(origin, '/health/database')).json.replicas as Replica[];
}

export const allUsable = (steadfast: RunningSteadfast) => async () =>
  (await replicasOf(steadfast)).every(({ usable }) => usable);

/** How often the server has run a statement of Steadfast's pool that looks like this. */
export async function reads(server: ReplicatedServer): Promise<number> {
  const [row] = await sql<{ reads: string }>(
    server.url,
    "select sum(seq_scan + idx_scan) as reads from pg_stat_user_tables where relname in ('articles', 'users', 'tags')",
  );
  return Number(row?.reads);
}

export async function register(steadfast: RunningSteadfast): Promise<{ token: string; username: string }> {
  const username = `writer-${randomUUID().slice(0, 8)}`;
  const user = { username, email: `${username}@example.com`, password: 'correct horse' };
  let token = '';
  // A busy machine may be late with its look at the schema: until then everything is refused.
  await until('the account is made', async () => {
    const { json, status, text } = await post(steadfast, '/api/users', { user });
    if (status !== 201) throw new Error(text);
    token = json.user.token;
    return true;
  });
  return { token, username };
}

export async function post({ origin }: RunningSteadfast, path: string, body: unknown, token?: string) {
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Token ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

export const article = (title: string) => ({
  article: { title, description: 'd', body: 'b', tagList: ['replicas'] },
});

export async function setUp(t: Test, standbys: number, more: Record<string, string> = {}) {
  const servers = await replicatedPostgres(t, standbys);
  const environment = environmentOf(servers, more);
  const steadfast = await startSteadfast(t, environment);
  await until('every replica can be used', allUsable(steadfast));
  return { servers, environment, steadfast };
}
