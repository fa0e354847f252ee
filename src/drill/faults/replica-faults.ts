import { eventually, runShell } from '../../throwaway/shell.ts';
import { ask } from '../ask.ts';
import type { Stage } from '../stage.ts';
import { type Fault, ORDINARY, POSTGRES_AWAY } from './fault.ts';

const PROMOTION_LIMIT_MS = 10_000;

const ON_REPLICAS = {
  ...ORDINARY,
  road: 'replicated',
  obstacle: async (stage: Stage) =>
    stage.postgresPid() === undefined ? 'PostgreSQL runs in Docker here, where no standby is made.' : undefined,
} as const;

/** What happens to a primary and its standby. */
export const replicaFaults: readonly Fault[] = [
  {
    ...ON_REPLICAS,
    name: 'replica-lagging',
    sentence: 'The replica goes on receiving changes and shows none of them.',
    expected: { ...POSTGRES_AWAY, health: ['healthy', 'degraded'], breaker: 'stays closed', unseenAnswered: 1 },
    begin: async ({ stage }) => {
      const { standby } = await (await stage.replicas()).roles();
      await runShell(standby.commands.pauseReplay);
      return async () => {
        await runShell(standby.commands.resumeReplay);
      };
    },
  },
  {
    ...ON_REPLICAS,
    name: 'replica-killed',
    sentence: 'The replica is ended by kill -9, and started again.',
    expected: { ...POSTGRES_AWAY, breaker: 'stays closed', unseenAnswered: 0.95 },
    begin: async ({ stage }) => {
      const { standby } = await (await stage.replicas()).roles();
      await runShell(standby.commands.kill);
      return () => standby.start();
    },
  },
  {
    ...ON_REPLICAS,
    name: 'primary-killed',
    sentence: 'The primary is ended by kill -9 while its replica lives, and started again.',
    expected: { ...POSTGRES_AWAY, unseenAnswered: 0.95 },
    begin: async ({ stage }) => {
      const { primary } = await (await stage.replicas()).roles();
      await runShell(primary.commands.kill);
      return () => primary.start();
    },
  },
  {
    ...ON_REPLICAS,
    road: 'failover',
    name: 'primary-switched',
    sentence: 'The primary is shut down and its standby promoted; the former primary comes back as a standby.',
    expected: { ...POSTGRES_AWAY, health: ['healthy', 'degraded'], breaker: 'may open', writesWithinMs: 8000 },
    begin: async ({ stage }) => {
      const { primary, standby } = await (await stage.replicas()).roles();
      await runShell(primary.commands.shutDown);
      await eventually(async () => {
        if (
          await ask(primary.url, 'select').then(
            () => true,
            () => false,
          )
        )
          throw new Error('The primary does not end.');
      }, PROMOTION_LIMIT_MS);
      await runShell(standby.commands.promote);
      await eventually(async () => {
        const [row] = await ask(standby.url, 'select pg_is_in_recovery() as standby');
        if (row?.standby === true) throw new Error('The standby is not promoted.');
      }, PROMOTION_LIMIT_MS);
      return () => primary.follow(standby);
    },
  },
];
