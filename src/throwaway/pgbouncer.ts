import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { LocalProcess } from './local-process.ts';
import { signalCommand } from './processes.ts';
import { provide } from './provide.ts';
import { ServersUnavailable, type ThrowawayServer } from './server.ts';
import { findProgram, freePort, run } from './shell.ts';
import { createWorkspace } from './workspace.ts';

export type PgbouncerOptions = {
  /** One lower-case word for the temporary folder's name. */
  readonly purpose: string;
  /** The PostgreSQL it stands in front of. It has to be on 127.0.0.1. */
  readonly postgres: Pick<ThrowawayServer, 'url'>;
  /** Settings of its [pgbouncer] section beyond transaction mode and who may connect. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress?: (sentence: string) => void;
};

/**
 * Starts a PgBouncer in transaction mode on a free port of 127.0.0.1: this machine's own program, else Debian's
 * package if we may install it. It is as strict as it comes: no start-up parameter is ignored.
 * @throws {ServersUnavailable} naming what to install
 */
export async function startPgbouncer(options: PgbouncerOptions): Promise<ThrowawayServer> {
  const progress = options.progress ?? (() => {});
  const program = await providePgbouncer(progress);
  const workspace = createWorkspace(options.purpose);
  const target = new URL(options.postgres.url);
  const port = await freePort();
  const folder = join(workspace.folder, 'pgbouncer');
  const configuration = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  const pidFile = join(folder, 'pgbouncer.pid');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(users, `"${target.username}" "${target.password}"\n`, { mode: 0o600 });
  const parameters = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: users,
    pool_mode: 'transaction',
    pidfile: pidFile,
    ...options.parameters,
  };
  writeFileSync(
    configuration,
    [
      ...['[databases]', `* = host=${target.hostname} port=${target.port}`, '[pgbouncer]'],
      ...Object.entries(parameters).map(([name, value]) => `${name} = ${value}`),
    ].join('\n'),
    { mode: 0o600 },
  );
  if (workspace.identity !== undefined) {
    for (const path of [folder, users, configuration]) {
      chownSync(path, workspace.identity.uid, workspace.identity.gid);
    }
  }
  const url = new URL(target);
  url.port = String(port);
  const local = new LocalProcess({
    program,
    args: [configuration],
    folder,
    logFile: join(workspace.folder, 'pgbouncer.log'),
    identity: workspace.identity,
    answers: () => connect(url.href),
    stopSignal: 'SIGTERM',
  });
  const server = {
    description: `${(await run(program, ['--version'])).split('\n')[0]}, this machine's own`,
    url: url.href,
    port,
    commands: {
      kill: signalCommand('KILL', pidFile),
      freeze: signalCommand('STOP', pidFile),
      thaw: signalCommand('CONT', pidFile),
    },
    start: () => local.start(),
    stop: async () => {
      await local.stop();
      workspace.remove();
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  progress(`${server.description}, on port ${port}`);
  return server;
}

async function providePgbouncer(progress: (sentence: string) => void): Promise<string> {
  const find = () => findProgram('pgbouncer', ['/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']);
  const present = await find();
  if (present !== undefined) return present;
  await provide(['pgbouncer'], 'will-not-do', progress);
  const installed = await find();
  if (installed === undefined) throw new ServersUnavailable('PgBouncer was installed, and is not to be found.');
  return installed;
}

/** Resolves when a connection of a client succeeds. */
async function connect(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}
