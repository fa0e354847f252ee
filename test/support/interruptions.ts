import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { READING_PARAMETERS, readTables } from '../../src/safety/backups/contents.ts';
import { isDamaged, listBackups } from '../../src/safety/backups/store.ts';
import { readVerification } from '../../src/safety/backups/verification.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { isCounted } from '../../src/safety/migrations/row-counts.ts';
import { isAlive } from '../../src/throwaway/processes.ts';
import { filesIn, siblingsOf } from './backups.ts';
import { until } from './http.ts';
import { REQUIRED_TABLES } from './migrations.ts';
import { inflict } from './private-servers.ts';
import { type RunningCommand, startCommand } from './running-command.ts';
import { sql } from './shared-servers.ts';
import { type SmallDiskServer, smallDiskServer } from './small-disk-server.ts';

const SOON_MS = 60_000;

export type Stage = SmallDiskServer & {
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly url: string;
  readonly name: string;
};

/** A server that may be killed and whose disk may be filled, and settings for commands on it. */
export async function interruptionStage(test: Test): Promise<Stage> {
  const server = await smallDiskServer(test);
  if (server.disk === undefined)
    test.comment('Not run: what needs a disk that is soon full, which only root can make.');
  const { url } = server.postgres;
  const environment = { DATABASE_URL: url, REDIS_URL: 'redis://127.0.0.1:1', BACKUP_DIR: server.backups };
  const config = loadConfig(environment);
  return { ...server, environment, config, url, name: config.database.name };
}

/** What comes in between, and what ends it. */
const STRIKES = {
  'kill -9 of the command': {
    strike: async (_stage: Stage, { process }: RunningCommand) => process.kill('SIGKILL'),
    mend: async () => {},
  },
  'kill -9 of PostgreSQL': {
    strike: ({ postgres }: Stage) => inflict('kill', postgres),
    mend: ({ postgres }: Stage) => postgres.start(),
  },
  'all connections cut': {
    strike: ({ postgres }: Stage) =>
      sql(
        postgres.url,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      ),
    mend: async () => {},
  },
  'disk of PostgreSQL full': {
    strike: async ({ disk }: Stage) => disk?.fill(),
    mend: async (stage: Stage) => {
      stage.disk?.makeRoom();
      await answersAgain(stage);
    },
  },
  'disk of the backups full': {
    strike: async ({ backupDisk }: Stage) => backupDisk?.fill(),
    mend: async ({ backupDisk }: Stage) => backupDisk?.makeRoom(),
  },
} as const;

export type Interruption = keyof typeof STRIKES;

/** Only root can make a disk that is soon full. */
export function canHappen(interruption: Interruption, { disk }: Stage): boolean {
  return disk !== undefined || !/^disk/.test(interruption);
}

/** Where a command is struck (by what it says then), and by what. */
export type Row = readonly [step: string, interruption: Interruption];

/** What became of a command that was struck. */
export type Struck = {
  readonly output: string;
  /** False where the strike came too late, or did no harm: a machine with much to do may miss a step that is short. */
  readonly inVain: boolean;
};

/**
 * Runs a command until it says that it is at a step, holds it there, strikes, and lets it go on to its end, whichever
 * that is. Afterwards the cause is mended, as somebody would who was told.
 */
export async function interrupt(
  t: Test,
  stage: Stage,
  command: readonly string[],
  [step, interruption]: Row,
  cli?: string,
): Promise<Struck> {
  const running = startCommand(t, command, stage.environment, cli);
  await holdAt(running, step);
  const { strike, mend } = STRIKES[interruption];
  await strike(stage, running);
  running.process.kill('SIGCONT');
  const code = await running.ended;
  await mend(stage);
  const output = running.output();
  t.notMatch(output, /^\s+at /m, 'no stack trace');
  return { output, inVain: code !== 0 };
}

/** Stops the process the moment it says that, or when it has done all it had to do. */
function holdAt({ process, output, ended }: RunningCommand, step: string): Promise<void> {
  const streams = [process.stdout, process.stderr];
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!output().includes(step)) return;
      for (const stream of streams) stream?.off('data', look);
      process.kill('SIGSTOP');
      resolve();
    };
    for (const stream of streams) stream?.on('data', look);
    void ended.then((code) => (code === 0 ? resolve() : reject(new Error(`It never said "${step}": ${output()}`))));
  });
}

/** After a full disk PostgreSQL may have ended, or be about to. */
async function answersAgain({ postgres }: Stage): Promise<void> {
  const pidFile = join(postgres.data, 'postmaster.pid');
  await until(
    'PostgreSQL answers again',
    async () => {
      const runs = existsSync(pidFile) && isAlive(Number.parseInt(readFileSync(pidFile, 'utf8'), 10));
      if (!runs) await postgres.start();
      return (await sql(postgres.url, 'select')).length === 1;
    },
    SOON_MS,
  );
}

/** Every row of a database, as one text to be compared; what Steadfast notes for itself is left out. */
export async function rowsOf({ config }: Stage): Promise<string> {
  const tables = await withConnection(config.database, (client) => readTables(client), READING_PARAMETERS);
  const wanted = new Set(REQUIRED_TABLES.filter(isCounted).map((table) => `public.${table}`));
  return tables
    .filter(({ name }) => wanted.has(name) && !/schema_migration/.test(name))
    .map(({ name, rows, checksum }) => `${name} ${rows} ${checksum}`)
    .join('\n');
}

/** No interruption may make a backup look bad, or half a one look like one. */
export async function backupsAreGood(t: Test, { backups, name }: Stage): Promise<void> {
  for (const backup of await listBackups(backups, name)) {
    t.notOk(isDamaged(backup), `${backup.name} is whole`);
    t.equal((await readVerification(backup.path))?.problem, undefined, `${backup.name} is not called bad`);
  }
}

/** What the last run of a command leaves besides its result: nothing. */
export async function nothingIsLeft(t: Test, stage: Stage): Promise<void> {
  const siblings = await siblingsOf(stage);
  t.same(
    siblings.filter((name) => !/_(before_restore|undone)_\d/.test(name)),
    [],
    'no database',
  );
  t.same(
    filesIn(stage.backups).filter((name) => /\.(partial|removed)$/.test(name)),
    [],
    'no half backup',
  );
  const locks = "select from pg_locks where locktype = 'advisory'";
  await until('no lock is held', async () => (await sql(stage.url, locks)).length === 0);
}
