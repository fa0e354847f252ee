import { basename } from 'node:path';
import { createPostgresContainer, createRedisContainer } from './container-server.ts';
import type { Missing } from './debian-packages.ts';
import { findPostgres } from './postgres-programs.ts';
import { createPostgresServer } from './postgres-server.ts';
import { provide } from './provide.ts';
import { createRedisServer, findRedis, ping } from './redis-server.ts';
import { newPassword, type ThrowawayServer } from './server.ts';
import { createWorkspace } from './workspace.ts';

export type ThrowawayServers = {
  readonly postgres: ThrowawayServer;
  readonly redis: ThrowawayServer;
  /** The folder everything of them is in. */
  readonly folder: string;
  /** Stops both and removes every trace. */
  remove(): Promise<void>;
};

export type ServersOptions = {
  /** One lower-case word for the temporary folder's name. */
  readonly purpose: string;
  readonly postgresParameters?: Readonly<Record<string, string>>;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress?: (sentence: string) => void;
};

async function missingPrograms(): Promise<Missing[]> {
  const [postgres, redis] = await Promise.all([findPostgres(), findRedis()]);
  return [...(postgres ? [] : ['postgres' as const]), ...(redis ? [] : ['redis' as const])];
}

/**
 * Starts a PostgreSQL and a Redis of our own on free ports of 127.0.0.1: this machine's own programs, else in Docker,
 * else Debian's packages if we may install them.
 * @throws {ServersUnavailable} naming what to install
 */
export async function startServers(options: ServersOptions): Promise<ThrowawayServers> {
  const progress = options.progress ?? (() => {});
  await provide(await missingPrograms(), 'will-do', progress);
  const workspace = createWorkspace(options.purpose);
  const started: ThrowawayServer[] = [];
  const remove = async () => {
    await Promise.allSettled(started.map((server) => server.stop()));
    workspace.remove();
  };
  try {
    const [postgresPrograms, redisProgram] = await Promise.all([findPostgres(), findRedis()]);
    const container = basename(workspace.folder).toLowerCase();
    const [postgres, redis] = await Promise.all([
      postgresPrograms === undefined
        ? createPostgresContainer(container, newPassword())
        : createPostgresServer({
            programs: postgresPrograms,
            workspace,
            password: newPassword(),
            ...(options.postgresParameters && { parameters: options.postgresParameters }),
          }),
      redisProgram === undefined
        ? createRedisContainer(container, newPassword(), ping)
        : createRedisServer({ program: redisProgram, workspace, password: newPassword() }),
    ]);
    started.push(postgres, redis);
    await Promise.all(
      started.map(async (server) => {
        await server.start();
        progress(`${server.description}, on port ${server.port}`);
      }),
    );
    return { postgres, redis, folder: workspace.folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
