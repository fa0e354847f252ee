import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { writeManifest } from '../../../src/safety/backups/manifest.ts';
import { runSchedule, workOnce } from '../../../src/safety/backups/schedule.ts';
import { type Backup, newestBackup, removeBackup, usableBackups } from '../../../src/safety/backups/store.ts';
import { DAY_MS } from '../../../src/safety/backups/units.ts';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { type BackupStage, backupStage, filesIn, siblingsOf, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { until } from '../../support/http.ts';
import { startCommand } from '../../support/running-command.ts';
import { sql, withDatabase } from '../../support/shared-servers.ts';

const silently = () => {};
const HOUR_MS = 3_600_000;

/** Copies a backup so that it looks like the daily one of that many days ago. Returns its name. */
function copyAs(days: number, { path, manifest }: Backup, stage: BackupStage): string {
  const takenAt = new Date(Date.now() - days * DAY_MS).toISOString();
  const stamp = takenAt.replace(/[-:Z]/g, '').replace(/[T.]/g, '_');
  const name = path.slice(stage.folder.length + 1).replace(/\d{8}_\d{6}_\d{3}_[a-z-]+$/, `${stamp}_daily`);
  const copy = join(stage.folder, name);
  cpSync(path, copy, { recursive: true });
  writeFileSync(join(copy, 'manifest.json'), writeManifest({ ...manifest, name, reason: 'daily', takenAt }));
  return name;
}

test('what is due is done, once: the daily backup, its proof, and what has had its time goes', async (t) => {
  const stage = await backupStage(t);
  const first = await taken(stage);
  await verifyBackup(stage.config, first, silently);
  const old = [8, 9, 10, 11, 12, 13, 14, 15, 16].map((days) => copyAs(days, first, stage));
  await removeBackup(first);
  const said: string[] = [];
  const work = () => workOnce(stage.config, (sentence) => said.push(sentence));

  t.equal(await work(), true);
  const [daily] = await usableBackups(stage.folder, stage.name);
  t.match(daily, { manifest: { reason: 'daily' } });
  t.match(said.join('\n'), /Taking the daily backup/);
  t.same(
    filesIn(stage.folder).filter((name) => old.includes(name)),
    old.slice(0, 6).toSorted(),
    'seven dailies stay with the new one',
  );

  t.equal(await work(), true, 'then the data are checked');
  t.match(said.join('\n'), /Checked the data: all fits together/);
  t.equal(await work(), true, 'and it is proven');
  t.match(await readVerification(daily?.path ?? ''), { problem: undefined, amcheck: 'passed' });
  while (await work());
  for (const { path } of await usableBackups(stage.folder, stage.name)) {
    t.match(await readVerification(path), { problem: undefined }, 'and so is every other');
  }
  t.equal((await usableBackups(stage.folder, stage.name)).length, 7);
  const [status] = await sql<{ seen: boolean; ahead: boolean }>(
    stage.url,
    `select last_seen_at > now() - interval '1 minute' as seen, next_at > now() as ahead from backup_schedule`,
  );
  t.same(status, { seen: true, ahead: true });
  const noted = await sql<{ name: string }>(stage.url, 'select name from backup_history order by name');
  t.same(
    noted.map(({ name }) => name),
    filesIn(stage.folder),
    'the database knows what is there, and no more',
  );
});

test('while a table is suddenly empty nothing is removed', async (t) => {
  const stage = await backupStage(t);
  const first = await taken(stage);
  const old = [8, 9, 10, 11, 12, 13, 14, 15].map((days) => copyAs(days, first, stage)).toSorted();
  const there = () => filesIn(stage.folder).filter((name) => old.includes(name));
  await sql(stage.url, 'truncate comments; delete from table_row_counts');
  await workOnce(stage.config, silently);
  t.same(there(), old);
  await workOnce(stage.config, silently);
  t.same(there(), old, 'also when the newest backup is one of the empty table');
  await sql(stage.url, "update table_row_counts set row_count = 0 where table_name = 'comments'");
  await workOnce(stage.config, silently);
  t.same(there(), old.slice(-6), 'until somebody says that it is meant');
});

test('a daily backup from the future does not keep those of today from being taken', async (t) => {
  const stage = await backupStage(t);
  const manual = await taken(stage);
  copyAs(-400, manual, stage);
  const said: string[] = [];
  await workOnce(stage.config, (sentence) => said.push(sentence));
  t.match(said[0], /Taking the daily backup/);
});

test('a bad daily backup is told, and taken once more', async (t) => {
  const stage = await backupStage(t);
  await workOnce(stage.config, silently);
  const dump = await newestDump(stage);
  const whole = readFileSync(dump);
  writeFileSync(dump, whole.fill(0, Math.floor(whole.length / 2)));
  t.equal(await workOnce(stage.config, silently), true, 'the data are checked');
  await t.rejects(workOnce(stage.config, silently), /is not good: .* is damaged/);
  while (await workOnce(stage.config, silently));
  t.match(await sql(stage.url, 'select verified_at, problem from backup_history order by taken_at'), [
    { verified_at: null, problem: /damaged/ },
    { verified_at: Date, problem: null },
  ]);
});

test('a daily backup that was cut or removed is none: it is taken once more, and not a third time', async (t) => {
  const stage = await backupStage(t);
  const said: string[] = [];
  const work = () => workOnce(stage.config, (sentence) => said.push(sentence));
  await work();
  truncateSync(await newestDump(stage), 100);
  await work();
  t.match(said.join('\n'), /taken once more: .* is damaged: its dump has 100 bytes/);
  rmSync(await newestDump(stage));
  t.equal(await newestBackup(stage.folder, stage.name), undefined);
  while (await work());
  t.equal(filesIn(stage.folder).length, 2);
  t.match(await sql(stage.url, 'select problem from backup_history order by taken_at'), [
    { problem: /has 100 bytes/ },
    { problem: /cannot be read/ },
  ]);
});

async function newestDump({ folder, name }: BackupStage): Promise<string> {
  return join((await newestBackup(folder, name))?.path ?? '', 'database.dump');
}

test('a backup that cannot be proven keeps nothing else from being done', async (t) => {
  const stage = await backupStage(t);
  const first = await taken(stage);
  await verifyBackup(stage.config, first, silently);
  await workOnce(stage.config, silently);
  const old = [8, 9, 10, 11, 12, 13, 14, 15].map((days) => copyAs(days, first, stage)).toSorted();
  const { config } = stage;
  const nowhere = {
    ...config.database,
    host: '127.0.0.1',
    port: 1,
    hosts: [{ host: '127.0.0.1', port: 1 }] as const,
  };
  const unprovable = { ...config, backups: { ...config.backups, proofServer: nowhere } };
  const triedAt = new Map<string, number>();
  const work = () => workOnce(unprovable, silently, triedAt);
  rmSync(join(stage.folder, old.at(-1) ?? '', 'verification.json'));
  t.equal(await work(), true);
  const checked = await sql(stage.url, 'select from consistency_findings limit 1');
  t.equal(checked.length, 1, 'the data are checked');
  await t.rejects(work(), /127\.0\.0\.1:1 cannot be reached/);
  t.equal(await work(), false, 'of two that cannot be proven, one is tried in an hour');
  for (const name of triedAt.keys()) triedAt.set(name, Date.now() - HOUR_MS);
  await t.rejects(work(), /127\.0\.0\.1:1 cannot be reached/);
  t.equal(triedAt.size, 2, 'then the other');
  t.same(
    filesIn(stage.folder).filter((name) => old.includes(name)),
    old.slice(-6),
    'what has had its time goes',
  );
  const [daily] = await usableBackups(stage.folder, stage.name);
  t.equal(await readVerification(daily?.path ?? ''), undefined, 'and nothing is called bad');
});

test('of several schedules one works, and another takes over when it is killed', async (t) => {
  const stage = await backupStage(t);
  const stop = new AbortController();
  const said: string[] = [];
  const one = startCommand(t, ['schedule'], stage.environment);
  await one.says(/Taking the daily backup/);
  const other = runSchedule(stage.config, (sentence) => said.push(sentence), stop.signal);
  await one.says(/Proved /);
  t.same(said, [], 'the other has nothing to do');
  stop.abort();
  await other;
  one.process.kill('SIGKILL');
  await one.ended;
  t.equal((await usableBackups(stage.folder, stage.name)).length, 1);
  await taken(stage);
  await until('the lock of the killed one is gone', () => workOnce(stage.config, silently));
});

test('killed at work, it is made good by the next: nothing half is left, the backup is there and proven', async (t) => {
  const stage = await backupStage(t);
  for (const step of [/Dumping/, /Restoring into/]) {
    const killed = startCommand(t, ['schedule'], stage.environment);
    await killed.says(step);
    killed.process.kill('SIGKILL');
    await killed.ended;
  }
  const next = startCommand(t, ['schedule'], stage.environment);
  await next.says(/Proved /);
  next.process.kill('SIGTERM');
  t.equal(await next.ended, 0, 'it ends when asked to');
  t.same(await siblingsOf(stage), []);
  t.equal(filesIn(stage.folder).length, 1);
});

test('databases that restores replaced are dropped after seven days, and not before', async (t) => {
  const stage = await backupStage(t);
  await taken(stage);
  t.match(await runCommand(t, ['restore', 'latest', '--yes'], { environment: stage.environment }), { code: 0 });
  const [kept = ''] = await siblingsOf(stage);
  await workOnce(stage.config, silently);
  t.same(await siblingsOf(stage), [kept]);
  const rename = (from: string, to: string) =>
    sql(withDatabase(stage.url, 'postgres'), `alter database ${from} rename to ${to}`);
  const ahead = kept.replace(/\d{8}_\d{6}/, '20400101_000000');
  await rename(kept, ahead);
  await workOnce(stage.config, silently);
  const [corrected = ''] = await siblingsOf(stage);
  t.not(corrected, ahead, 'a clock that was ahead makes none of them stay for years');
  t.match(corrected, /_before_restore_20/);
  await rename(corrected, corrected.replace(/\d{8}_\d{6}/, '20200101_000000'));
  await workOnce(stage.config, silently);
  t.same(await siblingsOf(stage), []);
});

test('while there is no database it says so and goes on', async (t) => {
  const stage = await backupStage(t);
  const stop = new AbortController();
  const said: string[] = [];
  const gone = { ...stage.config, database: { ...stage.config.database, name: `${stage.name}_gone` } };
  const running = runSchedule(gone, (sentence) => said.push(sentence), stop.signal);
  await until('it has tried', () => said.length > 0);
  t.match(said, [/^FAILED: .*does not exist.* Trying again in 1 minutes/]);
  stop.abort();
  await running;
});
