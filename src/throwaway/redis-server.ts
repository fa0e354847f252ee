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

export type RedisServerOptions = {
  readonly program: string;
  readonly workspace: Workspace;
  readonly password: string;
  /** Name of its folder in the workspace, and of its log; `redis` if left out. */
  readonly name?: string;
  /** A free one if left out. */
  readonly port?: number;
  /** Lines of its configuration beyond address, password and places; a cache that writes nothing if left out. */
  readonly configuration?: readonly string[];
  /** A sentinel watches other servers instead of keeping anything. */
  readonly mode?: 'server' | 'sentinel';
};

/** A cache and nothing else: it writes nothing to disk. */
export const CACHE_ONLY = ['save ""', 'appendonly no', 'maxmemory 128mb', 'maxmemory-policy allkeys-lru'];

/** Prepares a Redis, which is a cache and nothing else unless its configuration says more. Not started yet. */
export async function createRedisServer(options: RedisServerOptions): Promise<ThrowawayServer> {
  const { program, workspace, password, name = 'redis', configuration = CACHE_ONLY, mode = 'server' } = options;
  const folder = join(workspace.folder, name);
  const file = join(folder, 'redis.conf');
  const pidFile = join(folder, 'redis.pid');
  const port = options.port ?? (await freePort());
  mkdirSync(folder, { mode: 0o700 });
  // A file, because the command line, password included, can be read by every user of the machine.
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    `pidfile ${pidFile}`,
    `requirepass ${password}`,
  ];
  writeFileSync(file, `${[...lines, ...configuration].join('\n')}\n`, { mode: 0o600 });
  if (workspace.identity !== undefined) {
    for (const path of [folder, file]) {
      chownSync(path, workspace.identity.uid, workspace.identity.gid);
    }
  }
  const local = new LocalProcess({
    program,
    args: mode === 'sentinel' ? [file, '--sentinel'] : [file],
    logFile: join(workspace.folder, `${name}.log`),
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
  await asking(port, password, (client) => client.ping());
}

/** Asks the Redis on 127.0.0.1 on a connection of its own. */
export async function asking<Answer>(
  port: number,
  password: string,
  question: (client: Redis) => Promise<Answer>,
): Promise<Answer> {
  const client = new Redis({ host: '127.0.0.1', port, password, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.disconnect();
  }
}
