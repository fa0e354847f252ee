import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_COMMAND } from '../src/server-command.ts';
import { freePort } from '../src/throwaway/shell.ts';
import { startBare } from './bare/bare-server.ts';
import { type GoalLine, goal, goalTable } from './goals.ts';
import type { Context, Report } from './measurement.ts';
import { count, inWords, type Spread, spread } from './spread.ts';
import { type BenchStage, setBenchStage } from './stage.ts';

const STARTS = 10;
const GOAL_MS = 1000;
const ASK_EVERY_MS = 5;
const LIMIT_MS = 30_000;

/** Times are in milliseconds. */
export type StartResult = {
  /** From the start of the process until /readyz says 200, with PostgreSQL and Redis up. */
  readonly ready: Spread;
  /** From the start of bare Fastify until it listens. */
  readonly bare: Spread;
};

/** How long the program takes from its start to its readiness, with its servers up, by turns with bare Fastify. */
export async function measureStart({ cleanUp, progress }: Context): Promise<StartResult> {
  const stage = await setBenchStage(progress);
  cleanUp(() => stage.remove());
  const ready: number[] = [];
  const bare: number[] = [];
  for (let done = -1; done < STARTS; done += 1) {
    const [toReady, toListening] = [await startOnce(stage), await startBareOnce()];
    // The first one brings the files into memory.
    if (done < 0) continue;
    ready.push(toReady);
    bare.push(toListening);
    progress(`ready after ${toReady.toFixed(0)} ms, bare Fastify listens after ${toListening.toFixed(0)} ms`);
  }
  return { ready: spread(ready), bare: spread(bare) };
}

async function startOnce({ settings, servers }: BenchStage): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, SERVER_COMMAND.arguments, {
    cwd: servers.folder,
    env: { ...SERVER_COMMAND.environment, PATH: process.env.PATH ?? '', PORT: String(port), ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} instead of starting.`);
      if (performance.now() - startedAt > LIMIT_MS) throw new Error('The server does not become ready.');
      await sleep(ASK_EVERY_MS);
    }
    return performance.now() - startedAt;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    async (reply) => {
      await reply.arrayBuffer();
      return reply.ok;
    },
    () => false,
  );
}

async function startBareOnce(): Promise<number> {
  const startedAt = performance.now();
  const bare = await startBare({ serves: 'text', status: 200, headers: {}, body: '{}' });
  const took = performance.now() - startedAt;
  bare.stop();
  return took;
}

export function startReport(result: StartResult): Report {
  const { ready, bare } = result;
  const lines: GoalLine[] = [
    {
      what: 'from start to ready, servers up, ms',
      ...{ figure: inWords(ready, count), beside: `${inWords(bare, count)}; bare Fastify listening` },
      ...goal(`≤ ${GOAL_MS} ms`, ready.median <= GOAL_MS),
    },
  ];
  return {
    lines,
    plots: [],
    markdown: [
      `Medians of ${STARTS} starts after a first one, the ends in brackets; ready is 200 from \`/readyz\`.`,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
  };
}
