import { loadConfig } from '../config/config.ts';
import { migrate } from '../safety/migrations/migrate.ts';
import { seedSample } from '../safety/seed.ts';
import { type ReplicatedServer, startReplicated } from '../throwaway/replicated-postgres.ts';
import { eventually, runShell } from '../throwaway/shell.ts';
import { ask } from './ask.ts';

const CATCH_UP_LIMIT_MS = 20_000;

/** A PostgreSQL with one streaming standby. Which of the two is which changes when the standby is promoted. */
export type Replicas = {
  /** The two as they are now. */
  roles(): Promise<{ readonly primary: ReplicatedServer; readonly standby: ReplicatedServer }>;
  /** Resolves when the standby has everything that the primary has written by now. */
  caughtUp(): Promise<void>;
  /** Whatever was done to them is over after this. */
  restore(): Promise<void>;
  remove(): Promise<void>;
};

export async function startReplicas(parameters: Readonly<Record<string, string>>): Promise<Replicas> {
  const { primary: first, standbys, remove } = await startReplicated({ purpose: 'drill', standbys: 1, parameters });
  try {
    const [second] = standbys;
    if (second === undefined) throw new Error('there is no standby');
    const { database } = loadConfig({ DATABASE_URL: first.url });
    await migrate(database, () => {});
    await seedSample(database);
    const roles = async () =>
      (await isStandby(first)) ? { primary: second, standby: first } : { primary: first, standby: second };
    const caughtUp = async () => {
      const { primary, standby } = await roles();
      const [written] = await ask(primary.url, 'select pg_current_wal_lsn()::text as lsn');
      await eventually(async () => {
        const [row] = await ask(standby.url, 'select pg_last_wal_replay_lsn() >= $1::pg_lsn as enough', [
          written?.lsn,
        ]);
        if (row?.enough !== true) throw new Error('The standby does not catch up with the primary.');
      }, CATCH_UP_LIMIT_MS);
    };
    await caughtUp();
    return {
      ...{ roles, caughtUp, remove },
      restore: async () => {
        for (const server of [first, second]) {
          await runShell(server.commands.thaw).catch(() => {});
          await server.start();
        }
        const [firstFollows, secondFollows] = await Promise.all([isStandby(first), isStandby(second)]);
        // Interrupted in the middle of a promotion: two primaries, of which the promoted one is the second.
        if (!firstFollows && !secondFollows) await first.follow(second);
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function isStandby(server: ReplicatedServer): Promise<boolean> {
  const [row] = await ask(server.url, 'select pg_is_in_recovery() as standby');
  return row?.standby === true;
}
