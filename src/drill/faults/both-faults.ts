import { runShell } from '../../throwaway/shell.ts';
import { type Expected, type Fault, ORDINARY, POSTGRES_AWAY } from './fault.ts';

/** What the process remembers is still answered; health says that this is all there is. */
const ALONE: Expected = { ...POSTGRES_AWAY, health: ['critical'] };

/** PostgreSQL and Redis at once. */
export const bothFaults: readonly Fault[] = [
  {
    ...ORDINARY,
    name: 'both-killed',
    sentence: 'PostgreSQL and Redis are ended by kill -9, and started again.',
    expected: ALONE,
    begin: async ({ stage }) => {
      const { postgres, redis } = stage.servers;
      await Promise.all([runShell(postgres.commands.kill), runShell(redis.commands.kill)]);
      return async () => {
        await Promise.all([postgres.start(), redis.start()]);
      };
    },
  },
  {
    ...ORDINARY,
    name: 'both-frozen',
    sentence: 'PostgreSQL and Redis are stopped with SIGSTOP.',
    expected: ALONE,
    begin: async ({ stage }) => {
      const { postgres, redis } = stage.servers;
      await Promise.all([runShell(postgres.commands.freeze), runShell(redis.commands.freeze)]);
      return async () => {
        await Promise.all([runShell(postgres.commands.thaw), runShell(redis.commands.thaw)]);
      };
    },
  },
];
