import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/config.ts';
import { asOptions, PLANNING, sessionLimits } from '../../src/database/session-settings.ts';
import type { Statement } from '../../src/database/statement.ts';
import { postgresFolders } from '../../src/throwaway/postgres-folders.ts';
import { findProgram, run } from '../../src/throwaway/shell.ts';
import type { GrowthBlog } from '../growth/blog.ts';
import type { Row } from './side.ts';

/**
 * The statement through pgbench, prepared, on as many connections as Steadfast has: what PostgreSQL can do when nobody
 * speaks HTTP. `values` are SQL, in which `:number` is another number from 1 to `largest` each time.
 */
export function pgbench(
  { url, database }: GrowthBlog,
  statement: Statement,
  largest: number,
  values: readonly string[],
): NonNullable<Row['third']> {
  const text = statement.text.replace(/\$(\d)/g, (_, place) => `(${values[Number(place) - 1]})`);
  const script = `\\set number random(1, ${largest})\n${text.trim()};\n`;
  const { poolMax } = loadConfig({ DATABASE_URL: url }).database;
  const environment = {
    ...process.env,
    PGOPTIONS: asOptions({ ...sessionLimits(database), ...PLANNING }),
    // Not on the command line, which every user of the machine can read.
    PGPASSWORD: database.password,
  };
  const measure = async (measureMs: number) => {
    const program = await findProgram('pgbench', await postgresFolders());
    if (program === undefined) return Number.NaN;
    const folder = mkdtempSync(join(tmpdir(), 'steadfast-pgbench-'));
    try {
      const file = join(folder, 'statement.sql');
      writeFileSync(file, script);
      const args = ['--no-vacuum', '--protocol', 'prepared', '--client', String(poolMax), '--jobs', '1'];
      args.push('--time', String(Math.ceil(measureMs / 1000)), '--file', file);
      args.push(
        '--host',
        database.host,
        '--port',
        String(database.port),
        '--username',
        database.user,
        database.name,
      );
      const printed = await run(program, args, { environment, timeoutMs: measureMs + 60_000 });
      return Number(/tps = ([\d.]+)/.exec(printed)?.[1] ?? Number.NaN);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { name: '(d) pgbench', measure };
}
