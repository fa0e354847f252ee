import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { type BackupStage, backupStage } from '../../support/backups.ts';
import { cleanEnvironment } from '../../support/clean-environment.ts';
import { runProgram } from '../../support/command-line.ts';
import { until } from '../../support/http.ts';
import { appliedIn, createdIn } from '../../support/migrations.ts';
import { newerVersion } from '../../support/newer-version.ts';
import { sql } from '../../support/shared-servers.ts';

const SOON_MS = 60_000;
const MIGRATORS = `select wait_event from pg_stat_activity
  where application_name = 'steadfast-safety' and datname = current_database()`;

/** Starts a migrator, waits until it sleeps in the middle of its migration, and kills it by SIGKILL. */
async function killMidway(t: Test, cli: string, environment: BackupStage['environment']): Promise<void> {
  const child = spawn(process.execPath, [cli, 'migrate', '--without-backup'], {
    cwd: '/',
    env: cleanEnvironment(environment),
    stdio: 'ignore',
  });
  t.teardown(() => child.kill('SIGKILL'));
  const migrators = () => sql<{ wait_event: string | null }>(environment.DATABASE_URL, MIGRATORS);
  const isMidway = async () => (await migrators()).some(({ wait_event }) => wait_event === 'PgSleep');
  await until('it is in the middle', isMidway, SOON_MS);
  child.kill('SIGKILL');
  await until('PostgreSQL noticed', async () => (await migrators()).length === 0, SOON_MS);
}

test('a migrator killed within a transaction leaves nothing, not even its lock', async (t) => {
  const { environment, url } = await backupStage(t);
  const before = { applied: await appliedIn(url), created: await createdIn(url) };
  const slow = { name: '9000_slow', sql: 'create table slow (id int); select pg_sleep(600);' };
  await killMidway(t, join(newerVersion(t, slow), 'src/cli.ts'), environment);
  t.same({ applied: await appliedIn(url), created: await createdIn(url) }, before);

  const mended = { ...slow, sql: 'create table slow (id int);' };
  const cli = join(newerVersion(t, mended), 'src/cli.ts');
  t.equal((await runProgram(t, cli, ['migrate', '--without-backup'], { environment })).code, 0);
  t.ok((await createdIn(url)).includes('slow'));
});

test('a migrator killed while it builds an index is continued by the next', async (t) => {
  const { environment, url } = await backupStage(t);
  // The index's expression makes building it slow as long as there is this row.
  await sql(
    url,
    `create function slowly(word text) returns text language plpgsql immutable as
     'begin perform pg_sleep(case when word = ''slow'' then 600 else 0 end); return word; end';
     insert into tags (name) values ('slow')`,
  );
  const migration = {
    name: '9000_tags_slowly',
    sql: '-- no-transaction\ncreate index concurrently tags_slowly_idx on tags (slowly(name));',
  };
  const cli = join(newerVersion(t, migration), 'src/cli.ts');
  await killMidway(t, cli, environment);
  t.same(await sql(url, "select indisvalid from pg_index where indexrelid = 'tags_slowly_idx'::regclass"), [
    { indisvalid: false },
  ]);
  await sql(url, "delete from tags where name = 'slow'");
  const { code, output } = await runProgram(t, cli, ['migrate', '--without-backup'], { environment });
  t.equal(code, 0, output);
  t.match(output, /Dropping the invalid index tags_slowly_idx/);
  t.same(await sql(url, "select indisvalid from pg_index where indexrelid = 'tags_slowly_idx'::regclass"), [
    { indisvalid: true },
  ]);
});

test('a migrator whose connection is cut says which migration that was, and can be run again', async (t) => {
  const { environment, url } = await backupStage(t);
  const before = await appliedIn(url);
  const version = newerVersion(t, { name: '9000_slow', sql: 'create table slow (id int); select pg_sleep(600);' });
  const migrating = runProgram(t, join(version, 'src/cli.ts'), ['migrate', '--without-backup'], { environment });
  const cut = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'steadfast-safety' and datname = current_database() and wait_event = 'PgSleep'`;
  await until('it is cut off in the middle', async () => (await sql(url, cut)).length > 0, SOON_MS);
  const { code, output } = await migrating;
  t.equal(code, 1);
  t.match(output, /9000_slow\.sql failed: .*terminat/);
  t.same(await appliedIn(url), before);
});
