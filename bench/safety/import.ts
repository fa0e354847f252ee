import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { loadConfig } from '../../src/config/config.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { startServers } from '../../src/throwaway/servers.ts';
import { run } from '../../src/throwaway/shell.ts';
import { type GoalLine, goal, goalTable, NO_GOAL, ratioAtLeast } from '../goals.ts';
import type { Report } from '../measurement.ts';
import { ratioBars } from '../report/ratio-bars.ts';
import { count, inWords, type Spread, spread } from '../spread.ts';

const ROUNDS = 3;
const COPY_GOAL = 0.5;
const MEMORY_GOAL_MB = 200;
/** As package.json starts it. */
const FLAGS = ['--max-semi-space-size=4'];
const ONCE = join(import.meta.dirname, 'import-once.ts');

const COLUMNS = `id bigint, author_id bigint not null, title text not null, body text, score double precision,
  views bigint, published boolean, created_at timestamp`;

export type ImportResult = {
  readonly rows: number;
  readonly postgres: string;
  /** The same rows by COPY alone, from a file that is in COPY's format already. */
  readonly copyMs: Spread;
  /** The same, and the primary key after it. */
  readonly copyWithKeyMs: Spread;
  /** Everything the import does: checks, COPY, keys, reading back, comparing. */
  readonly importMs: Spread;
  /** Speed of the import to that of COPY, round by round: 0.5 takes twice the time. */
  readonly ratio: Spread;
  readonly ratioWithKey: Spread;
  readonly megabytes: Spread;
};

/** Imports a SQLite file of that many articles and, by turns, only copies the same rows. */
export async function measureImport(
  rows: number,
  cleanUp: (task: () => Promise<void> | void) => void,
  progress: (sentence: string) => void,
): Promise<ImportResult> {
  const servers = await startServers({ purpose: 'bench', postgresParameters: { max_wal_size: '4GB' }, progress });
  cleanUp(() => servers.remove());
  const { url, description } = servers.postgres;
  const file = join(servers.folder, 'old.db');
  const copyFile = join(servers.folder, 'old.copy');
  writeSqlite(file, rows);
  await writeCopy(file, copyFile);
  progress(`Wrote a SQLite file of ${rows} articles`);
  const rounds: { copy: number; withKey: number; imported: number; megabytes: number }[] = [];
  for (let done = -1; done < ROUNDS; done += 1) {
    const { copy, withKey } = await copyOnly(url, copyFile);
    const { ms: imported, megabytes } = await importOnce(url, file);
    progress(`COPY ${copy.toFixed(0)} ms, with its key ${withKey.toFixed(0)} ms, import ${imported.toFixed(0)} ms`);
    // The first round warms up.
    if (done >= 0) rounds.push({ copy, withKey, imported, megabytes });
  }
  return {
    rows,
    postgres: description,
    copyMs: spread(rounds.map(({ copy }) => copy)),
    copyWithKeyMs: spread(rounds.map(({ withKey }) => withKey)),
    importMs: spread(rounds.map(({ imported }) => imported)),
    ratio: spread(rounds.map(({ copy, imported }) => copy / imported)),
    ratioWithKey: spread(rounds.map(({ withKey, imported }) => withKey / imported)),
    megabytes: spread(rounds.map(({ megabytes }) => megabytes)),
  };
}

function writeSqlite(file: string, rows: number): void {
  const database = new DatabaseSync(file);
  database.exec(
    `create table posts (id integer primary key autoincrement, author_id integer not null, title text not null, body text,
       score real, views integer, published boolean, created_at datetime);
     with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
     insert into posts select i, i % 1000, 'Title number ' || i,
       'Some text of about eighty characters, with ünïcode and ' || i || ' more of everything',
       i * 0.37, i * 3, i % 2, datetime(1600000000 + i * 60, 'unixepoch')
     from n`,
  );
  database.close();
}

async function writeCopy(file: string, copyFile: string): Promise<void> {
  const database = new DatabaseSync(file, { readOnly: true });
  function* lines() {
    for (const row of database.prepare('select * from posts').iterate()) {
      const { published, ...others } = row;
      const cells = Object.entries({ ...others, published: published === 1 ? 't' : 'f' });
      yield `${cells.map(([, value]) => value).join('\t')}\n`;
    }
  }
  await pipeline(lines, createWriteStream(copyFile));
  database.close();
}

/** Milliseconds of COPY alone, and with the primary key. */
function copyOnly(url: string, copyFile: string): Promise<{ copy: number; withKey: number }> {
  return withConnection(loadConfig({ DATABASE_URL: url }).database, async (client) => {
    await client.query(`drop table if exists copied; drop schema if exists imported cascade; checkpoint`);
    const startedAt = performance.now();
    await client.query(`begin; create table copied (${COLUMNS})`);
    const copy = client.query(
      copyFrom('copy copied (id, author_id, title, body, score, views, created_at, published) from stdin'),
    );
    await pipeline(createReadStream(copyFile, { highWaterMark: 65_536 }), copy);
    const copied = performance.now() - startedAt;
    await client.query('alter table copied add primary key (id); commit');
    return { copy: copied, withKey: performance.now() - startedAt };
  });
}

async function importOnce(url: string, file: string): Promise<{ ms: number; megabytes: number }> {
  return JSON.parse(await run(process.execPath, [...FLAGS, ONCE, url, file], { timeoutMs: 600_000 }));
}

export function importReport(result: ImportResult): Report {
  const ms = (times: Spread) => inWords(times, (value) => `${value.toFixed(0)} ms`);
  const most = result.megabytes.max;
  const lines: GoalLine[] = [
    {
      what: 'import: check, COPY, key, read back, compare',
      ...{ figure: ms(result.importMs), beside: `${ms(result.copyMs)}; (e) COPY` },
      ...ratioAtLeast(result.ratio, COPY_GOAL),
    },
    {
      what: 'the same',
      ...{
        figure: ms(result.importMs),
        beside: `${ms(result.copyWithKeyMs)}; COPY and its key`,
        ratio: result.ratioWithKey,
      },
      ...NO_GOAL,
    },
    {
      what: 'import: memory at most',
      ...{ figure: `${most.toFixed(0)} MB`, beside: '' },
      ...goal(`≤ ${MEMORY_GOAL_MB} MB`, most <= MEMORY_GOAL_MB),
    },
  ];
  return {
    lines,
    plots: [ratioBars('Speed, to COPY', lines)],
    markdown: [
      `${count(result.rows)} rows from SQLite into ${result.postgres}; median of ${ROUNDS} rounds, the ends in brackets.`,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
  };
}
