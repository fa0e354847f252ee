import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { LocalProcess } from './local-process.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { signalCommand } from './processes.ts';
import type { ThrowawayServer } from './server.ts';
import { freePort, run } from './shell.ts';
import type { Workspace } from './workspace.ts';

export type PostgresOptions = {
  readonly programs: PostgresPrograms;
  readonly workspace: Workspace;
  readonly password: string;
  /** Name of its data folder in the workspace, and of its log. */
  readonly name?: string;
  /** Server parameters beyond the defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
};

export type PostgresServer = ThrowawayServer & {
  readonly commands: ThrowawayServer['commands'] & {
    /** Ends it in good order: standbys receive everything, connections are ended. `start` brings it back. */
    readonly shutDown: string;
  };
  /** Folder of its data, in the workspace. */
  readonly data: string;
  /** Ends it without a checkpoint, as `pg_ctl stop -m immediate` does, and keeps its data: `start` recovers. */
  halt(): Promise<void>;
};

/** Prepares a cluster with one empty database named steadfast, in the workspace. Not started yet. */
export async function createPostgresServer(options: PostgresOptions): Promise<PostgresServer> {
  await initialise(options);
  return postgresServer(options);
}

/** The server of a data folder, which has to be there when it is started. */
export async function postgresServer(options: PostgresOptions): Promise<PostgresServer> {
  const { programs, workspace, password } = options;
  const data = dataFolder(options);
  const port = await freePort();
  const parameters = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '60',
    ...options.parameters,
  };
  const address = { host: '127.0.0.1', port, user: 'steadfast', password };
  const local = new LocalProcess({
    program: programs.postgres,
    args: ['-D', data, ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    logFile: `${data}.log`,
    identity: workspace.identity,
    answers: () => ensureDatabase(address),
    stopSignal: 'SIGINT',
  });
  const pidFile = join(data, 'postmaster.pid');
  return {
    data,
    description: `${await run(programs.postgres, ['--version'])}, this machine's own`,
    url: `postgres://steadfast:${password}@127.0.0.1:${port}/steadfast`,
    port,
    commands: {
      kill: `kill -9 $(head -1 ${pidFile})`,
      freeze: signalCommand('STOP', pidFile),
      thaw: signalCommand('CONT', pidFile),
      shutDown: `kill -INT $(head -1 ${pidFile})`,
    },
    start: () => local.start(),
    halt: () => local.stop('SIGQUIT'),
    stop: async () => {
      await local.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function dataFolder({ workspace, name = 'postgres' }: PostgresOptions): string {
  return join(workspace.folder, name);
}

async function initialise(options: PostgresOptions): Promise<void> {
  const { programs, workspace, password } = options;
  const data = dataFolder(options);
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(workspace.folder, 'initial-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (workspace.identity !== undefined) {
    for (const path of [data, passwordFile]) chownSync(path, workspace.identity.uid, workspace.identity.gid);
  }
  const initdb = (locale: string) =>
    run(
      programs.initdb,
      [
        ...['--pgdata', data, '--username', 'steadfast', '--pwfile', passwordFile],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', locale, '--no-sync'],
      ],
      { identity: workspace.identity },
    );
  // Where there is no C.UTF-8, C: it sorts the same and knows upper and lower case of ASCII only.
  await initdb('C.UTF-8').catch(() => initdb('C'));
  rmSync(passwordFile);
}

/** Resolves when the server accepts connections and its database exists. */
async function ensureDatabase(address: {
  host: string;
  port: number;
  user: string;
  password: string;
}): Promise<void> {
  const client = new Client({ ...address, database: 'postgres', connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query("select from pg_database where datname = 'steadfast'");
    if (found.rowCount === 0) await client.query('create database steadfast');
  } finally {
    await client.end().catch(() => {});
  }
}
