import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { checkDump, newestBackup } from '../../../src/safety/backups/store.ts';
import { takeBackup } from '../../../src/safety/backups/take.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { type BackupStage, backupStage, filesIn, taken } from '../../support/backups.ts';
import { cleanEnvironment } from '../../support/clean-environment.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { until } from '../../support/http.ts';
import { startCommand } from '../../support/running-command.ts';
import { sql } from '../../support/shared-servers.ts';
import { holdTable } from '../../support/table-locks.ts';

const silently = () => {};

test('a backup is a folder of its own that only its owner can read, and says what is in it', async (t) => {
  const stage = await backupStage(t);
  const { name, path, manifest } = await taken(stage);
  t.same(filesIn(stage.folder), [name]);
  t.equal(statSync(path).mode & 0o777, 0o700);
  for (const file of await readdir(path)) t.equal(statSync(join(path, file)).mode & 0o777, 0o600, file);

  const [counts] = await sql<{ users: number; articles: number; last: string }>(
    stage.url,
    `select (select count(*) from users)::int as users, (select count(*) from articles)::int as articles,
       (select name from schema_migrations order by id desc limit 1) as last`,
  );
  const rows = Object.fromEntries(manifest.contents.tables.map((table) => [table.name, table.rows]));
  t.match(rows, { 'public.users': counts?.users, 'public.articles': counts?.articles });
  t.match(manifest, {
    reason: 'manual',
    database: { name: stage.name },
    schema: { version: counts?.last },
    dump: { bytes: statSync(join(path, 'database.dump')).size },
  });
  const objects = manifest.contents.objects.map((object) => object.name);
  t.ok(objects.includes('articles_newest_idx; Type: INDEX; Schema: public'));
  t.ok(objects.includes('articles articles_author_fkey; Type: FK CONSTRAINT; Schema: public'));
  await checkDump({ name, path, manifest });
});

test('the dump and its figures are of one moment, whoever writes meanwhile', async (t) => {
  const stage = await backupStage(t);
  let writing = true;
  const writer = (async () => {
    for (let written = 0; writing; written += 1) {
      await sql(
        stage.url,
        `insert into users (username, email, password_hash)
         select 'w' || $1 || '-' || n, 'w' || $1 || '-' || n || '@example.com', '!' from generate_series(1, 50) as n`,
        [written],
      );
    }
  })();
  const backup = await taken(stage);
  writing = false;
  await writer;
  t.match(await verifyBackup(stage.config, backup, silently), { problem: undefined });
});

test('numbers that are drawn meanwhile do not make a good backup look bad', async (t) => {
  const stage = await backupStage(t);
  // Narrow rows: they are dumped before they are counted.
  await sql(
    stage.url,
    'create sequence busy; create table narrow as select 1::int2 as n from generate_series(1, 400000)',
  );
  let drawing = true;
  const drawer = (async () => {
    while (drawing) await sql(stage.url, "select nextval('busy') from generate_series(1, 100)");
  })();
  const backup = await taken(stage);
  drawing = false;
  await drawer;
  t.match(await verifyBackup(stage.config, backup, silently), { problem: undefined });
});

test('several backups at once are taken one after the other', async (t) => {
  const stage = await backupStage(t);
  const said: string[] = [];
  const take = () => takeBackup(stage.config, { reason: 'manual', progress: (sentence) => said.push(sentence) });
  const manifests = await Promise.all([take(), take(), take()]);
  t.equal(new Set(manifests.map(({ name }) => name)).size, 3);
  t.equal(filesIn(stage.folder).length, 3);
  t.match(said.join('\n'), /Another backup of this database is under way/);
});

test('killed while it dumps, it leaves no backup, and the next run cleans up and succeeds', async (t) => {
  const stage = await backupStage(t);
  const letGo = await holdTable(t, stage.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], stage.environment);
  await command.says(/Dumping/);
  await until('the dump waits', async () => (await dumps(stage.name)).length > 0);
  command.process.kill('SIGKILL');
  t.equal(await command.ended, 'SIGKILL');
  t.equal(await newestBackup(stage.folder, stage.name), undefined);
  t.match(filesIn(stage.folder), [/\.partial$/], 'what is left is not called a backup');
  await letGo();

  t.match(await runCommand(t, ['backup'], { environment: stage.environment }), { code: 0, stdout: /^Took /m });
  t.equal(filesIn(stage.folder).length, 1);
  t.notMatch(filesIn(stage.folder), [/partial/]);

  async function dumps(name: string) {
    return sql(
      stage.url,
      `select pid from pg_stat_activity
       where datname = $1 and application_name in ('pg_dump', 'steadfast-backup') and wait_event_type = 'Lock'`,
      [name],
    );
  }
});

test('asked to end, it removes what it began', async (t) => {
  const stage = await backupStage(t);
  await holdTable(t, stage.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], stage.environment);
  await command.says(/Dumping/);
  command.process.kill('SIGTERM');
  t.equal(await command.ended, 128 + 15);
  t.same(filesIn(stage.folder), []);
});

test('the password is on no command line', async (t) => {
  const stage = await backupStage(t);
  const letGo = await holdTable(t, stage.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], stage.environment);
  let lines: string[] = [];
  await until('pg_dump is at work', async () => {
    lines = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
    return lines.some((line) => /pg_dump .*--snapshot/.test(line));
  });
  const { password } = stage.config.database;
  t.ok(password.length > 10);
  t.notOk(lines.some((line) => line.includes(password)));
  await letGo();
  t.equal(await command.ended, 0);
  t.notMatch(command.output(), password);
  const manifest = await newestBackup(stage.folder, stage.name);
  t.notOk(
    manifest === undefined || (await readFile(join(manifest.path, 'manifest.json'), 'utf8')).includes(password),
  );
});

test('when the connection of the dump is cut, there is no backup, and the database notes why', async (t) => {
  const stage = await backupStage(t);
  const letGo = await holdTable(t, stage.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], stage.environment);
  await until('the dump waits for the table, and is cut', async () => {
    const cut = await sql(
      stage.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = $1 and application_name in ('pg_dump', 'steadfast-backup') and wait_event_type = 'Lock'`,
      [stage.name],
    );
    return cut.length > 0;
  });
  t.equal(await command.ended, 1);
  await letGo();
  t.match(command.output(), /pg_dump failed.*terminating connection/s);
  t.notMatch(command.output(), /^\s+at /m, 'no stack trace');
  t.same(filesIn(stage.folder), []);
  t.match(await sql(stage.url, 'select reason, bytes, problem from backup_history'), [
    { reason: 'manual', bytes: null, problem: /terminating connection/ },
  ]);
});

test('when the sessions of the command itself are cut, it ends at once and leaves nothing', async (t) => {
  const stage = await backupStage(t);
  await holdTable(t, stage.url, { table: 'comments' });
  const command = startCommand(t, ['backup'], stage.environment);
  await command.says(/Dumping/);
  await sql(
    stage.url,
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'steadfast-safety'",
    [stage.name],
  );
  t.equal(await command.ended, 1);
  t.same(filesIn(stage.folder), []);
});

test('a disk with too little room is refused before anything is written', async (t) => {
  const stage = await backupStage(t);
  const ended = onSmallDisk('1m', stage);
  t.equal(ended.code, 1);
  t.match(ended.output, /has 1 MB left, and a backup needs about 16.8 MB. Free some room, or set BACKUP_DIR/);
});

test('a disk that becomes full meanwhile: there is no backup, and it says what to do', async (t) => {
  const stage = await backupStage(t);
  await sql(
    stage.url,
    `create table noise as
     select decode(string_agg(md5(random()::text), ''), 'hex') as bytes
     from generate_series(1, 1500000) as n group by n % 1000`,
  );
  const ended = onSmallDisk('17m', stage);
  t.equal(ended.code, 1);
  t.match(ended.output, /ENOSPC.*was removed. Free some room, or set BACKUP_DIR/);
  t.match(ended.output, /^left: 0$/m);
});

test('a folder that cannot be written or read and a database that is not there are told in words', async (t) => {
  const { environment } = await backupStage(t);
  const inFile = { ...environment, BACKUP_DIR: join(temporaryFolder(t, { file: '' }), 'file/backups') };
  const unwritable = await runCommand(t, ['backup'], { environment: inFile });
  t.equal(unwritable.code, 1);
  t.match(unwritable.output, /The folder of backups cannot be written.*set BACKUP_DIR/);
  const isFile = { ...environment, BACKUP_DIR: join(temporaryFolder(t, { file: '' }), 'file') };
  for (const command of [['backup', '--list'], ['backup:verify'], ['restore', 'latest'], ['migrate', 'rehearse']]) {
    t.match(await runCommand(t, command, { environment: isFile }), {
      code: 1,
      stderr: /The folder of backups cannot be read \(ENOTDIR.*set BACKUP_DIR/,
    });
  }
  const missing = { ...environment, DATABASE_URL: `${environment.DATABASE_URL}_gone` };
  const ended = await runCommand(t, ['backup'], { environment: missing });
  t.equal(ended.code, 1);
  t.match(ended.output, /does not exist/);
  t.notMatch(ended.output, /^\s+at /m, 'no stack trace');
});

test('backups are listed, and what is wrong with one is said', async (t) => {
  const stage = await backupStage(t);
  t.match(await runCommand(t, ['backup', '--list'], { environment: stage.environment }), {
    stdout: /There is no backup/,
  });
  const { name } = await taken(stage);
  t.match(await runCommand(t, ['backup', '--list'], { environment: stage.environment }), {
    code: 0,
    stdout: new RegExp(`${name} .*not verified`),
  });
});

/** Takes a backup onto a file system of that size, which only this command sees. */
function onSmallDisk(size: string, { environment }: BackupStage) {
  const lines = [
    `mount -t tmpfs -o size=${size} none "$BACKUP_DIR"`,
    `"${process.execPath}" src/cli.ts backup; code=$?`,
    'echo "left: $(ls "$BACKUP_DIR" | wc -l)"; exit $code',
  ];
  const ended = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', lines.join('\n')], {
    cwd: join(import.meta.dirname, '../../..'),
    env: cleanEnvironment(environment),
    encoding: 'utf8',
  });
  return { code: ended.status, output: ended.stdout + ended.stderr };
}
