import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { loadConfig } from '../../src/config/config.ts';
import { ownerAddress } from '../../src/config/owner-address.ts';
import { restoreInto } from '../../src/safety/backups/restore-into.ts';
import { newestBackup } from '../../src/safety/backups/store.ts';
import { COMPRESSION_LEVEL, takeBackup } from '../../src/safety/backups/take.ts';
import { withScratchDatabase } from '../../src/safety/backups/temporary-database.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedGenerated } from '../../src/safety/seed.ts';
import { postgresFolders } from '../../src/throwaway/postgres-folders.ts';
import { startServers } from '../../src/throwaway/servers.ts';
import { findProgram } from '../../src/throwaway/shell.ts';
import { type GoalLine, goalTable, NO_GOAL, ratioAtLeast } from '../goals.ts';
import type { Report } from '../measurement.ts';
import { ratioBars } from '../report/ratio-bars.ts';
import { count, inWords, type Spread, spread } from '../spread.ts';

const ROUNDS = 3;
const BACKUP_GOAL = 0.9;
const RESTORE_GOAL = 0.8;
const POSTGRES = { shared_buffers: '1GB', max_wal_size: '4GB' };

export type BackupResult = {
  readonly articles: number;
  readonly rows: number;
  readonly postgres: string;
  readonly databaseBytes: number;
  readonly dumpBytes: number;
  /** pg_dump and pg_restore alone, as they are without options but for the format. */
  readonly dumpMs: Spread;
  /** pg_dump packing as a backup does. */
  readonly alikeMs: Spread;
  readonly restoreMs: Spread;
  /** The same with everything that makes them a backup: checksums of every row, SHA-256, fsync, comparison. */
  readonly backupMs: Spread;
  readonly provenRestoreMs: Spread;
  /** Speed to that of the bare tool, round by round: 0.5 takes twice the time. */
  readonly backupRatio: Spread;
  readonly alikeRatio: Spread;
  readonly restoreRatio: Spread;
};

/** Takes and restores backups of a blog with that many articles, by turns with the bare tools. */
export async function measureBackup(
  articles: number,
  cleanUp: (task: () => Promise<void> | void) => void,
  progress: (sentence: string) => void,
): Promise<BackupResult> {
  const servers = await startServers({ purpose: 'bench', postgresParameters: POSTGRES, progress });
  cleanUp(() => servers.remove());
  const { url, description } = servers.postgres;
  const folder = join(servers.folder, 'backups');
  const config = loadConfig({ DATABASE_URL: url, BACKUP_DIR: folder });
  const address = ownerAddress(config.database);
  await migrate(address, progress);
  await seedGenerated(address, { articles, users: Math.ceil(articles / 100) }, progress);
  const bareDump = join(servers.folder, 'bare.dump');

  const rounds: { dump: number; alike: number; backup: number; restore: number; proven: number }[] = [];
  let last = await bothWays();
  // The first round warms up.
  while (rounds.length < ROUNDS) {
    last = await bothWays();
    rounds.push(last.times);
    const { dump, alike, backup, restore, proven } = last.times;
    progress(
      `pg_dump ${dump.toFixed(0)} ms, packing alike ${alike.toFixed(0)} ms, backup ${backup.toFixed(0)} ms; ` +
        `pg_restore ${restore.toFixed(0)} ms, restored and compared ${proven.toFixed(0)} ms`,
    );
  }
  const { manifest } = last.taken;
  return {
    articles,
    rows: manifest.contents.tables.reduce((sum, table) => sum + table.rows, 0),
    postgres: description,
    databaseBytes: await databaseBytes(),
    dumpBytes: manifest.dump.bytes,
    dumpMs: spread(rounds.map(({ dump }) => dump)),
    alikeMs: spread(rounds.map(({ alike }) => alike)),
    restoreMs: spread(rounds.map(({ restore }) => restore)),
    backupMs: spread(rounds.map(({ backup }) => backup)),
    provenRestoreMs: spread(rounds.map(({ proven }) => proven)),
    backupRatio: spread(rounds.map(({ dump, backup }) => dump / backup)),
    alikeRatio: spread(rounds.map(({ alike, backup }) => alike / backup)),
    restoreRatio: spread(rounds.map(({ restore, proven }) => restore / proven)),
  };

  async function bothWays() {
    const silently = () => {};
    const packed = ['--format=custom', `--compress=${COMPRESSION_LEVEL}`, url];
    const alike = await timed(() => pipe('pg_dump', packed, { to: bareDump }));
    const dump = await timed(() => pipe('pg_dump', ['--format=custom', url], { to: bareDump }));
    const backup = await timed(() => takeBackup(config, { reason: 'daily', progress: silently }));
    const taken = await newestBackup(folder, address.name);
    if (taken === undefined) throw new Error('There is no backup.');
    const options = { manifest: taken.manifest, progress: silently };
    const [restore, proven] = await withScratchDatabase(address, options, async (bare) => {
      const target = url.replace(/[^/]*$/, bare.name);
      const alone = await timed(() => pipe('pg_restore', ['--no-owner', '--dbname', target], { from: bareDump }));
      return withScratchDatabase(address, options, async (scratch, signal) => {
        return [alone, await timed(() => restoreInto(scratch, taken, { progress: silently, signal }))] as const;
      });
    });
    return { taken, times: { dump, alike, backup, restore, proven } };
  }

  async function databaseBytes(): Promise<number> {
    const { rows } = await withConnection(address, (client) =>
      client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes'),
    );
    return Number(rows[0]?.bytes);
  }
}

/** Runs one of PostgreSQL's programs, with a file at its input or its output. */
async function pipe(tool: string, args: string[], { from, to }: { from?: string; to?: string }): Promise<void> {
  const program = (await findProgram(tool, await postgresFolders())) ?? tool;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (from === undefined) child.stdin.end();
  else await pipeline(createReadStream(from), child.stdin);
  if (to === undefined) child.stdout.resume();
  else await pipeline(child.stdout, createWriteStream(to));
  const code = await ended;
  if (code !== 0) throw new Error(`${tool} ended with ${code}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function backupReport(result: BackupResult): Report {
  const figure = (times: Spread) => inWords(times, (ms) => `${(ms / 1000).toFixed(1)} s`);
  const lines: GoalLine[] = [
    {
      what: 'backup, with the sums of every row and definition',
      ...{ figure: figure(result.backupMs), beside: `${figure(result.dumpMs)}; (e) pg_dump` },
      ...ratioAtLeast(result.backupRatio, BACKUP_GOAL),
    },
    {
      what: 'the same, beside pg_dump packing as it does',
      ...{
        figure: figure(result.backupMs),
        beside: `${figure(result.alikeMs)}; pg_dump --compress=${COMPRESSION_LEVEL}`,
      },
      ...{ ratio: result.alikeRatio, ...NO_GOAL },
    },
    {
      what: 'restore, every row compared',
      ...{ figure: figure(result.provenRestoreMs), beside: `${figure(result.restoreMs)}; (e) pg_restore` },
      ...ratioAtLeast(result.restoreRatio, RESTORE_GOAL),
    },
  ];
  return {
    lines,
    plots: [ratioBars('Speed, to the bare tool', lines)],
    markdown: [
      `${count(result.articles)} articles, ${count(result.rows)} rows in all, ${megabytes(result.databaseBytes)} in ` +
        `${result.postgres}, ${megabytes(result.dumpBytes)} as a dump; median of ${ROUNDS} rounds and their ends. The ` +
        'ratio is of speeds.',
      '',
      goalTable(lines),
    ].join('\n'),
    result,
  };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
