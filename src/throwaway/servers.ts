import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { createPostgresContainer, createRedisContainer, dockerAnswers } from './container-server.ts';
import { aptGet, installCommand, installPackages, type Missing } from './debian-packages.ts';
import { createPostgresServer, findPostgres } from './postgres-server.ts';
import { createRedisServer, findRedis, ping } from './redis-server.ts';
import { ServersUnavailable, type ThrowawayServer } from './server.ts';
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

/**
 * Makes sure that this machine can run both servers: its own programs, else a Docker engine, else Debian's
 * packages if we may install them.
 * @throws {ServersUnavailable} naming what to install
 */
async function provideServers(progress: (sentence: string) => void = () => {}): Promise<void> {
  const missing = await missingPrograms();
  if (missing.length === 0 || (await dockerAnswers())) return;
  const apt = await aptGet();
  if (apt === undefined) {
    throw new ServersUnavailable(
      `This machine has no ${missing.join(' and no ')} server, no Docker engine answers, and Debian packages ` +
        `cannot be installed by this user. Install them (Debian, Ubuntu: ${installCommand(missing)}) or start ` +
        'Docker, then run this again.',
    );
  }
  progress(`Installing Debian's packages for ${missing.join(' and ')}: ${installCommand(missing)}`);
  await installPackages(apt, missing);
}

async function missingPrograms(): Promise<Missing[]> {
  const [postgres, redis] = await Promise.all([findPostgres(), findRedis()]);
  return [...(postgres ? [] : ['postgres' as const]), ...(redis ? [] : ['redis' as const])];
}

/** Starts a PostgreSQL and a Redis of our own on free ports of 127.0.0.1. */
export async function startServers(options: ServersOptions): Promise<ThrowawayServers> {
  const progress = options.progress ?? (() => {});
  await provideServers(progress);
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
        ? createPostgresContainer(container, password())
        : createPostgresServer({
            programs: postgresPrograms,
            workspace,
            password: password(),
            ...(options.postgresParameters && { parameters: options.postgresParameters }),
          }),
      redisProgram === undefined
        ? createRedisContainer(container, password(), ping)
        : createRedisServer({ program: redisProgram, workspace, password: password() }),
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

const password = () => randomBytes(18).toString('hex');
