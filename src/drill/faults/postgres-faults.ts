import { runShell } from '../../throwaway/shell.ts';
import type { Expected, Fault } from './fault.ts';

/** PostgreSQL is away: what was read is still answered, health says so, and it comes back by itself. */
export const AWAY: Expected = {
  seenAnswered: 1,
  health: ['degraded'],
  noticedWithinMs: 3000,
  breaker: 'opens',
  recoversWithinMs: 8000,
};

const ON_POSTGRES = {
  about: 'PostgreSQL',
  road: 'direct',
  instances: 1,
  lasts: true,
  obstacle: async () => undefined,
  expected: AWAY,
} as const;

export const postgresFaults: readonly Fault[] = [
  {
    ...ON_POSTGRES,
    name: 'postgres-killed',
    sentence: 'PostgreSQL is ended by kill -9, and started again.',
    begin: async ({ stage }) => {
      const { postgres } = stage.servers;
      await runShell(postgres.commands.kill);
      return () => postgres.start();
    },
  },
  {
    ...ON_POSTGRES,
    name: 'postgres-frozen',
    sentence: 'PostgreSQL is stopped with SIGSTOP: it keeps its connections and never answers.',
    begin: async ({ stage }) => {
      const { commands } = stage.servers.postgres;
      await runShell(commands.freeze);
      return async () => {
        await runShell(commands.thaw);
      };
    },
  },
];
