import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findBeside, type PostgresPrograms } from './postgres-programs.ts';
import { createPostgresServer, type PostgresServer, postgresServer } from './postgres-server.ts';
import { providePostgres } from './provide.ts';
import { newPassword, ServersUnavailable, type ThrowawayServer } from './server.ts';
import { run } from './shell.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** One server of a primary and its standbys. Which of them it is changes: by `promote` and by `follow`. */
export type ReplicatedServer = ThrowawayServer & {
  readonly commands: PostgresServer['commands'] & {
    /** Makes a standby a primary. Its former primary is not told, and would still take writes. */
    readonly promote: string;
    /** A standby receives changes and shows none of them until `resumeReplay`. */
    readonly pauseReplay: string;
    readonly resumeReplay: string;
  };
  /** Ends it without a checkpoint and starts it again: all connections are lost, and it recovers. */
  restart(): Promise<void>;
  /** Makes it a standby of that primary, by a new base backup: whatever only it had is gone. */
  follow(primary: ReplicatedServer): Promise<void>;
};

export type ReplicatedPostgres = {
  /** The one that began as primary, and those that began as standbys. */
  readonly primary: ReplicatedServer;
  readonly standbys: readonly ReplicatedServer[];
  /** The folder everything of them is in. */
  readonly folder: string;
  /** Stops all and removes every trace. */
  remove(): Promise<void>;
};

export type ReplicatedOptions = {
  /** One lower-case word for the temporary folder's name. */
  readonly purpose: string;
  readonly standbys: number;
  /** Server parameters beyond the defaults, the same for all. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Is told what is being done, one short sentence at a time. */
  readonly progress?: (sentence: string) => void;
};

/** No replication slots: a standby that never comes back must not fill the disk. This much it may miss and catch up. */
const REPLICATION = { wal_keep_size: '256MB', wal_retrieve_retry_interval: '200ms' };

type Tools = { readonly psql: string; readonly baseBackup: string; readonly passwordFile: string };

type Surroundings = {
  readonly programs: PostgresPrograms;
  readonly tools: Tools;
  readonly workspace: Workspace;
  readonly password: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/**
 * Starts a primary and its standbys on free ports of 127.0.0.1, with streaming replication and a password. They are
 * processes of this machine in any case: its own programs, else Debian's packages if we may install them.
 * @throws {ServersUnavailable} naming what to install
 */
export async function startReplicated(options: ReplicatedOptions): Promise<ReplicatedPostgres> {
  const progress = options.progress ?? (() => {});
  const programs = await providePostgres(progress);
  const workspace = createWorkspace(options.purpose);
  const started: ThrowawayServer[] = [];
  const remove = async () => {
    await Promise.allSettled(started.map((server) => server.stop()));
    workspace.remove();
  };
  try {
    const password = newPassword();
    const surroundings = {
      programs,
      tools: await findTools(programs, workspace, password),
      workspace,
      password,
      parameters: { ...REPLICATION, ...options.parameters },
    };
    const primary = replicated(await createPostgresServer({ ...surroundings, name: 'postgres-1' }), surroundings);
    started.push(primary);
    await primary.start();
    progress(`${primary.description}, the primary, on port ${primary.port}`);
    const standbys = await Promise.all(
      Array.from({ length: options.standbys }, async (_, index) => {
        const server = await postgresServer({ ...surroundings, name: `postgres-${index + 2}` });
        const standby = replicated(server, surroundings);
        started.push(standby);
        await standby.follow(primary);
        progress(`${standby.description}, a standby, on port ${standby.port}`);
        return standby;
      }),
    );
    return { primary, standbys, folder: workspace.folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function findTools(programs: PostgresPrograms, workspace: Workspace, password: string): Promise<Tools> {
  const [psql, baseBackup] = await Promise.all([
    findBeside(programs, 'psql'),
    findBeside(programs, 'pg_basebackup'),
  ]);
  if (psql === undefined || baseBackup === undefined) {
    throw new ServersUnavailable(
      `Replication needs psql and pg_basebackup, which are not beside ${programs.initdb}. ` +
        'Install the client programs of the same PostgreSQL (Debian, Ubuntu: postgresql-client).',
    );
  }
  // A file, because command lines can be read by every user of the machine.
  const passwordFile = join(workspace.folder, 'pgpass');
  writeFileSync(passwordFile, `127.0.0.1:*:*:steadfast:${password}\n`, { mode: 0o600 });
  if (workspace.identity !== undefined) {
    chownSync(passwordFile, workspace.identity.uid, workspace.identity.gid);
  }
  return { psql, baseBackup, passwordFile };
}

function replicated(server: PostgresServer, { tools, workspace }: Surroundings): ReplicatedServer {
  const { data, port } = server;
  const psql = (statement: string) =>
    `PGPASSFILE=${tools.passwordFile} ${tools.psql} --no-psqlrc --no-password --quiet --no-align --tuples-only ` +
    `'host=127.0.0.1 port=${port} user=steadfast dbname=postgres' --command '${statement}'`;
  return {
    ...server,
    commands: {
      ...server.commands,
      // What pg_ctl promote does; it is not used itself because it refuses to run as root.
      promote: `touch ${join(data, 'promote')} && kill -USR1 $(head -1 ${join(data, 'postmaster.pid')})`,
      pauseReplay: psql('select pg_wal_replay_pause()'),
      resumeReplay: psql('select pg_wal_replay_resume()'),
    },
    restart: async () => {
      await server.halt();
      await server.start();
    },
    follow: async (primary) => {
      await server.halt();
      // Processes whose parent was killed may still be writing their last.
      rmSync(data, { recursive: true, force: true, maxRetries: 10 });
      await run(
        tools.baseBackup,
        [
          ...['--dbname', `host=127.0.0.1 port=${primary.port} user=steadfast application_name=${basename(data)}`],
          ...['--no-password', '--pgdata', data, '--checkpoint', 'fast', '--no-sync', '--no-manifest'],
          ...['--wal-method', 'stream', '--no-slot', '--write-recovery-conf'],
        ],
        { identity: workspace.identity, environment: { ...process.env, PGPASSFILE: tools.passwordFile } },
      );
      await server.start();
    },
  };
}
