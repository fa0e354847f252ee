import { provide } from './provide.ts';
import { createRedisServer, findRedis, type RedisServerOptions } from './redis-server.ts';
import { newPassword, ServersUnavailable, type ThrowawayServer } from './server.ts';
import { createWorkspace } from './workspace.ts';

export type RedisSetOptions = {
  /** One lower-case word for the temporary folder's name. */
  readonly purpose: string;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress?: (sentence: string) => void;
};

export type RedisSet = {
  /** The settings of Steadfast that lead to these servers, passwords included. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder everything of them is in. */
  readonly folder: string;
  /** Stops all and removes every trace. */
  remove(): Promise<void>;
};

/** Starts one of the set's servers; `role` is what it is in it, for people. */
export type StartMember = (
  role: string,
  options: Pick<RedisServerOptions, 'name' | 'port' | 'configuration' | 'mode'>,
) => Promise<ThrowawayServer>;

/**
 * Several Redis servers that belong together, with one password, put together by `assemble`. They are processes of
 * this machine in any case: its own program, else Debian's package if we may install it.
 * @throws {ServersUnavailable} naming what to install
 */
export async function startRedisSet<Members>(
  { purpose, progress = () => {} }: RedisSetOptions,
  assemble: (start: StartMember, password: string) => Promise<Members>,
): Promise<Members & Omit<RedisSet, 'environment'>> {
  const program = await provideRedis(progress);
  const workspace = createWorkspace(purpose);
  const password = newPassword();
  const started: ThrowawayServer[] = [];
  const remove = async () => {
    await Promise.allSettled(started.map((server) => server.stop()));
    workspace.remove();
  };
  const start: StartMember = async (role, options) => {
    const server = await createRedisServer({ program, workspace, password, ...options });
    started.push(server);
    await server.start();
    progress(`${server.description}, ${role}, on port ${server.port}`);
    return server;
  };
  try {
    return { ...(await assemble(start, password)), folder: workspace.folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function provideRedis(progress: (sentence: string) => void): Promise<string> {
  const present = await findRedis();
  if (present !== undefined) return present;
  await provide(['redis'], 'will-not-do', progress);
  const installed = await findRedis();
  if (installed === undefined) throw new ServersUnavailable('Redis was installed, and is not to be found.');
  return installed;
}
