import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseAddress } from '../../config/database-address.ts';
import { withConnection } from '../connection.ts';

const HEARTBEAT_MS = 5000;
const SILENCE_LIMIT_MS = 60_000;
const LOCK_PAUSE_MS = 1000;

/** As withConnection; the connection is cut when `signal` aborts, and that is then the reason it fails. */
export function withAbortableConnection<Result>(
  address: DatabaseAddress,
  signal: AbortSignal,
  work: (client: Client) => Promise<Result>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return withConnection(
    address,
    async (client) => {
      const cut = () => client.connection.stream.destroy();
      signal.addEventListener('abort', cut);
      try {
        signal.throwIfAborted();
        return await work(client);
      } finally {
        signal.removeEventListener('abort', cut);
      }
    },
    parameters,
  ).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
}

export type LockOptions = {
  /** What is locked: whoever names the same waits. */
  readonly key: string;
  /** Called once when somebody else holds it. Throw to give up instead of waiting. */
  readonly onHeld: () => void;
};

/**
 * Holds a lock in the database of `address` while `work` runs. It is the session's, so that it is gone with the
 * process, the connection or the server. The signal aborts when the session is lost or the server falls silent: from
 * then on somebody else may hold the lock.
 */
export function withLock<Result>(
  address: DatabaseAddress,
  { key, onHeld }: LockOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withConnection(
    address,
    async (client) => {
      for (let held = false; !(await tryLock(client, key)); held = true) {
        if (!held) onHeld();
        await sleep(LOCK_PAUSE_MS);
      }
      const { signal, stop } = watch(client, address);
      try {
        return await work(signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        stop();
      }
    },
    { statement_timeout: '0', idle_session_timeout: '0' },
  );
}

/** Takes a lock for the rest of the session, unless somebody has it. */
export async function tryLock(client: Client, key: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
    [`steadfast ${key}`],
  );
  return rows[0]?.locked === true;
}

export async function unlock(client: Client, key: string): Promise<void> {
  await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [`steadfast ${key}`]);
}

/** Asks a session all the time whether it is still there. */
function watch(client: Client, { host, port }: DatabaseAddress) {
  const controller = new AbortController();
  const abort = (what: string) =>
    controller.abort(
      // With a cause, so that withConnection takes it for the explanation of the lost connection.
      new Error(`PostgreSQL on ${host}:${port} ${what}. Look at the server, then run this again.`, { cause: what }),
    );
  const lose = () => abort('was lost on the way');
  client.once('end', lose);
  let askedAt: number | undefined;
  const timer = setInterval(() => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      client.query('select').then(
        () => {
          askedAt = undefined;
        },
        () => {},
      );
    } else if (Date.now() - askedAt > SILENCE_LIMIT_MS) {
      abort(`has not answered for ${SILENCE_LIMIT_MS / 1000} s`);
      client.connection.stream.destroy();
    }
  }, HEARTBEAT_MS);
  const stop = () => {
    clearInterval(timer);
    client.off('end', lose);
  };
  return { signal: controller.signal, stop };
}
