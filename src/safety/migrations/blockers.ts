import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';

const LOOK_EVERY_MS = 500;
const LOOK_LIMIT_MS = 5000;

/** Who makes somebody wait, in words: "pid 4711 (psql, user tom, idle in transaction since 2026-11-21T13:37:00Z)". */
type Blocker = { readonly pid: number; readonly words: string };

export type BlockerWatch = {
  /** Who was last seen in the way; undefined when nobody was. */
  readonly seen: () => Blocker | undefined;
  readonly stop: () => Promise<void>;
};

/** Tells who holds the locks that the session `pid` waits for, until it is stopped. A connection that fails says nothing. */
export function watchBlockers(
  address: DatabaseAddress,
  pid: number,
  progress: (sentence: string) => void,
): BlockerWatch {
  const stopped = new AbortController();
  let last: Blocker | undefined;
  const watching = withConnection(
    address,
    async (client) => {
      while (!stopped.signal.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal: stopped.signal });
        const blocker = await findBlocker(client, pid);
        if (blocker === undefined) continue;
        if (blocker.words !== last?.words) progress(`Waiting for a lock that ${blocker.words} holds.`);
        last = blocker;
      }
    },
    {},
    LOOK_LIMIT_MS,
  ).catch(() => {});
  return {
    seen: () => last,
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
}

async function findBlocker(client: Client, pid: number): Promise<Blocker | undefined> {
  const { rows } = await client.query<Blocker>(
    `select pid,
            format(
              'pid %s (%s, user %s, %s since %s)',
              pid,
              coalesce(nullif(application_name, ''), backend_type, 'no name'),
              coalesce(usename, 'unknown'),
              coalesce(state, 'state hidden'),
              coalesce(to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'a time that is hidden')
            ) as words
     from pg_stat_activity
     where pid = any (pg_blocking_pids($1))
     order by xact_start nulls last
     limit 1`,
    [pid],
  );
  return rows[0];
}
