import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { backupStage, filesIn, siblingsOf, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { startCommand } from '../../support/running-command.ts';
import { sql } from '../../support/shared-servers.ts';

test('a good backup is proven: restored, compared, looked at by pg_amcheck, and noted', async (t) => {
  const stage = await backupStage(t);
  const { name, path } = await taken(stage);
  const left = join(path, 'verification.json.of-a-killed-run');
  writeFileSync(left, '{');
  utimesSync(left, 0, 0);
  const ended = await runCommand(t, ['backup:verify'], { environment: stage.environment });
  t.match(ended, {
    code: 0,
    stdout: new RegExp(`^Good: ${name} was restored, every row is as it was; pg_amcheck`, 'm'),
  });
  t.match(await readVerification(path), { problem: undefined, amcheck: 'passed' });
  const noted = await sql<{ name: string; verified_at: Date | null; problem: string | null }>(
    stage.url,
    'select name, verified_at, problem from backup_history',
  );
  t.match(noted, [{ name, verified_at: Date, problem: null }]);
  t.same(await siblingsOf(stage), [], 'the scratch database is gone');
  t.same(filesIn(path), ['database.dump', 'manifest.json', 'verification.json']);
});

test('what people put into a database comes back: odd names, odd values, sequences, views, functions', async (t) => {
  const stage = await backupStage(t);
  await sql(
    stage.url,
    `create schema "odd ""schema""";
     create type "odd ""schema""".mood as enum ('good', 'b''ad');
     create table "odd ""schema"""."One ""Table""" (
       one text, "row" jsonb, f8 float8, f4 float4, n numeric, b bytea, ts timestamptz, i interval, a text[][],
       r int4range, m "odd ""schema""".mood, id int generated always as identity, twice int generated always as (id * 2) stored
     );
     insert into "odd ""schema"""."One ""Table""" (one, "row", f8, f4, n, b, ts, i, a, r, m) values
       (null, 'null', 'NaN', 'infinity', 'NaN', '\\x00ff', 'infinity', '-1 mon 3 days', null, 'empty', null),
       ('\\.', '{"a": 1}', 0.1, 0.1, 1e-30, '', '0044-03-15 12:00:00+00 BC', '1 sec', '{{a,NULL},{"",","}}', '[1,5)', 'good'),
       (E'tab\\tand\\nline \\u2028', '"x"', -0.0, 1e-40, 1e40, null, '2026-03-29 02:30:00+02', null, '{}', null, 'b''ad');
     create table partitioned (at date not null, n int) partition by range (at);
     create table partition_one partition of partitioned for values from ('2026-01-01') to ('2027-01-01');
     insert into partitioned select '2026-01-01'::date + n, n from generate_series(0, 99) as n;
     create table parent (id int); create table child (more int) inherits (parent);
     insert into parent values (1); insert into child values (2, 3);
     create table nothing (); insert into nothing default values;
     create view a_view as select * from users; create materialized view a_copy as select count(*) from users;
     create function add_one(int) returns int language sql as 'select $1 + 1';
     create sequence down increment -1; select nextval('down'), nextval('down')`,
  );
  const backup = await taken(stage);
  const rows = Object.fromEntries(backup.manifest.contents.tables.map((table) => [table.name, table.rows]));
  t.match(rows, {
    '"odd ""schema"""."One ""Table"""': 3,
    'public.partition_one': 100,
    'public.parent': 1,
    'public.child': 1,
  });
  t.match(await verifyBackup(stage.config, backup, () => {}), { problem: undefined });
});

test('killed while it restores, it leaves a database that the next run drops; asked to end, none', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  const { environment } = stage;
  const killed = startCommand(t, ['backup:verify'], environment);
  await killed.says(/Restoring into/);
  killed.process.kill('SIGKILL');
  await killed.ended;
  t.equal((await siblingsOf(stage, '_scratch_')).length, 1);

  const ended = startCommand(t, ['backup:verify'], environment);
  await ended.says(/Restoring into/);
  t.equal((await siblingsOf(stage, '_scratch_')).length, 1, 'that of the killed run is gone, this one has its own');
  ended.process.kill('SIGTERM');
  t.equal(await ended.ended, 128 + 15);
  t.same(await siblingsOf(stage), []);
  t.equal(await readVerification(backup.path), undefined, 'what was not finished says nothing about the backup');
  t.match(await runCommand(t, ['backup:verify'], { environment }), { code: 0 });
});

test("two at once do not drop each other's scratch database", async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  const verify = () => verifyBackup(stage.config, backup, () => {});
  t.match(await Promise.all([verify(), verify(), verify()]), [
    { problem: undefined },
    { problem: undefined },
    { problem: undefined },
  ]);
});

test('a role that may not create databases is told what to say', async (t) => {
  const stage = await backupStage(t);
  await taken(stage);
  const role = `reader_${stage.name.slice(-12)}`;
  await sql(stage.url, `create role ${role} login password 'reading-only-42'`);
  t.teardown(() => sql(stage.url, `drop owned by ${role}; drop role ${role}`));
  const environment = { ...stage.environment, DB_OWNER_USER: role, DB_OWNER_PASSWORD: 'reading-only-42' };
  const ended = await runCommand(t, ['backup:verify'], { environment });
  t.equal(ended.code, 1);
  t.match(ended.stderr, new RegExp(`alter role "?${role}"? createdb`));
});

test('what is meant must be there', async (t) => {
  const { environment } = await backupStage(t);
  const none = await runCommand(t, ['backup:verify'], { environment });
  t.match(none, { code: 1, stderr: /There is no backup of .* Take one: npm run backup/ });
  t.match(await runCommand(t, ['backup:verify', 'yesterday'], { environment }), {
    code: 1,
    stderr: /There is no backup "yesterday"/,
  });
  t.match(await runCommand(t, ['backup:verify', 'latest', '--all'], { environment }), { code: 64 });
});
