import { setTimeout as sleep } from 'node:timers/promises';
import { children, isAlive, signal } from '../../throwaway/processes.ts';
import { eventually, runShell } from '../../throwaway/shell.ts';
import type { Stage } from '../stage.ts';
import { type Fault, type Lift, ORDINARY, POSTGRES_AWAY, POSTGRES_ILL } from './fault.ts';

const STOP_LIMIT_MS = 10_000;
/** A tenth of the time, in pieces that a probe of 300 ms meets now awake, now not. */
const STARVED = { frozenMs: 450, awakeMs: 50 };

const ON_POSTGRES = { ...ORDINARY, expected: POSTGRES_AWAY };
const ON_ITS_PROCESS = {
  ...ON_POSTGRES,
  obstacle: async (stage: Stage) =>
    stage.postgresPid() === undefined
      ? 'PostgreSQL runs in Docker here, where its process cannot be signalled.'
      : undefined,
};

/** What happens to the processes of PostgreSQL. */
export const postgresProcessFaults: readonly Fault[] = [
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
    ...ON_ITS_PROCESS,
    name: 'postgres-stopped',
    sentence: 'PostgreSQL is shut down as an operator would: every connection is refused.',
    begin: async ({ stage }) => {
      await end(stage, 'SIGINT');
      return () => stage.servers.postgres.start();
    },
  },
  {
    ...ON_ITS_PROCESS,
    name: 'postgres-restarted',
    sentence: 'PostgreSQL is restarted at once, without a checkpoint.',
    lasts: false,
    expected: POSTGRES_ILL,
    begin: async ({ stage }) => {
      await end(stage, 'SIGQUIT');
      await stage.servers.postgres.start();
      return async () => {};
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
  {
    ...ON_ITS_PROCESS,
    name: 'postgres-starved',
    sentence: 'PostgreSQL gets a tenth of the time it wants: frozen for 450 ms, awake for 50, again and again.',
    expected: { ...POSTGRES_ILL, recoversWithinMs: 10_000 },
    begin: async ({ stage }) => starve(stage),
  },
];

async function end(stage: Stage, by: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const pid = stage.postgresPid();
  if (pid === undefined) return;
  signal([pid], by);
  await eventually(async () => {
    if (isAlive(pid)) throw new Error('PostgreSQL does not end');
  }, STOP_LIMIT_MS);
}

function starve(stage: Stage): Lift {
  let starving = true;
  const family = () => {
    const pid = stage.postgresPid();
    return pid === undefined ? [] : [pid, ...children(pid)];
  };
  const goOn = async () => {
    while (starving) {
      const frozen = family();
      signal(frozen, 'SIGSTOP');
      await sleep(STARVED.frozenMs);
      signal(frozen, 'SIGCONT');
      await sleep(STARVED.awakeMs);
    }
  };
  const done = goOn();
  return async () => {
    starving = false;
    await done;
  };
}
