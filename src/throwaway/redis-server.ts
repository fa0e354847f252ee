import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { LocalProcess } from './local-process.ts';
import type { ThrowawayServer } from './server.ts';
import { findProgram, freePort, run } from './shell.ts';
import type { Workspace } from './workspace.ts';

/** Finds redis-server, or Valkey, which speaks the same protocol. */
export async function findRedis(): Promise<string | undefined> {
  const folders = ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
  return (await findProgram('redis-server', folders)) ?? findProgram('valkey-server', folders);
}

/** Prepares a Redis that is a cache and nothing else: it writes nothing to disk. Not started yet. */
export async function createRedisServer(options: {
  readonly program: string;
  readonly workspace: Workspace;
  readonly password: string;
}): Promise<ThrowawayServer> {
  const { program, workspace, password } = options;
  const folder = join(workspace.folder, 'redis');
  const configuration = join(folder, 'redis.conf');
  const pidFile = join(folder, 'redis.pid');
  const port = await freePort();
  mkdirSync(folder, { mode: 0o700 });
  // A file, because the command line, password included, can be read by every user of the machine.
  writeFileSync(
    configuration,
    [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${folder}`,
      `pidfile ${pidFile}`,
      `requirepass ${password}`,
      'save ""',
      'appendonly no',
      'maxmemory 128mb',
      'maxmemory-policy allkeys-lru',
    ].join('\n'),
    { mode: 0o600 },
  );
  if (workspace.identity !== undefined) {
    for (const path of [folder, configuration]) {
      chownSync(path, workspace.identity.uid, workspace.identity.gid);
    }
  }
  const local = new LocalProcess({
    program,
    args: [configuration],
    logFile: join(workspace.folder, 'redis.log'),
    identity: workspace.identity,
    answers: () => ping(port, password),
    stopSignal: 'SIGTERM',
  });
  const version = /v=([\d.]+)/.exec(await run(program, ['--version']))?.[1] ?? '';
  return {
    description: `Redis ${version}, this machine's own`,
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    commands: {
      kill: `kill -9 $(head -1 ${pidFile})`,
      freeze: `kill -STOP $(head -1 ${pidFile})`,
      thaw: `kill -CONT $(head -1 ${pidFile})`,
    },
    start: () => local.start(),
    stop: async () => {
      await local.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when Redis on 127.0.0.1 answers. */
export async function ping(port: number, password: string): Promise<void> {
  const client = new Redis({ host: '127.0.0.1', port, password, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
