import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { workOnce } from '../../../src/safety/backups/schedule.ts';
import { planUndo, type UndoPlan, undoRestore } from '../../../src/safety/backups/undo.ts';
import { DAY_MS } from '../../../src/safety/backups/units.ts';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { migrate } from '../../../src/safety/migrations/migrate.ts';
import { readMigrations } from '../../../src/safety/migrations/migration-files.ts';
import { type BackupStage, backupStage, filesIn, siblingsOf, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { addressOf, appliedIn } from '../../support/migrations.ts';
import { sql, withDatabase } from '../../support/shared-servers.ts';
import { addUser, usersOf } from '../../support/users.ts';

const restore = (t: Test, { environment }: BackupStage, ...args: string[]) =>
  runCommand(t, ['restore', ...args], { environment });

test('a backup comes back, what was there is kept, and undo goes back and forth', async (t) => {
  const stage = await backupStage(t);
  const before = await usersOf(stage.url);
  const backup = await taken(stage);
  await addUser(stage.url, 'newcomer');

  const restored = await restore(t, stage, 'latest', '--yes');
  t.match(restored, { code: 0, stdout: /^Restored: .*To go back: npm run restore -- undo/ms });
  t.match(restored.stdout, new RegExp(`${backup.name}\\n  was taken .*This will.*back up .* as it is now`, 's'));
  t.same(await usersOf(stage.url), before);
  t.equal((await siblingsOf(stage, '_before_restore_')).length, 1);
  t.equal((await siblingsOf(stage)).length, 1, 'and nothing else is left');
  t.match(filesIn(stage.folder), [/_manual$/, /_pre-restore$/]);

  t.match(await restore(t, stage, 'undo', '--yes'), { code: 0, stdout: /^Undone/m });
  t.same(await usersOf(stage.url), [...before, 'newcomer']);
  const again = await restore(t, stage, 'undo', '--yes');
  t.match(again, { code: 0, stdout: /^Nothing to do: the last restore was undone/ });
  t.same(await usersOf(stage.url), [...before, 'newcomer'], 'undone twice is undone');
  const [undone = ''] = await siblingsOf(stage, '_undone_');
  t.match(again.stdout, `npm run restore -- undo ${undone}`);
  t.match(await restore(t, stage, 'undo', undone, '--yes'), { code: 0 });
  t.same(await usersOf(stage.url), before, 'and what was undone can be had back');
  t.match(await restore(t, stage, 'undo', undone, '--yes'), { code: 1, stderr: /is not kept beside/ });
  const [kept = '', ...others] = await siblingsOf(stage);
  t.same(others, []);

  // As a clock would name it that was years ahead.
  const ahead = kept.replace(/\d{8}_\d{6}/, '20400101_000000');
  await sql(withDatabase(stage.url, 'postgres'), `alter database ${kept} rename to ${ahead}`);
  const plan = await planUndo(stage.config, undefined);
  t.match(plan.back, { name: ahead });
  t.match(await restore(t, stage, 'undo', '--yes'), { code: 0, stdout: /^Undone/m });
  t.match(await restore(t, stage, 'undo', '--yes'), { code: 0, stdout: /^Nothing to do/ });
  t.ok((await usersOf(stage.url)).includes('newcomer'));
  const undoAsPlanned = async ({ back, kept }: UndoPlan) =>
    back === undefined ? t.fail('there is something to undo') : undoRestore(stage.config, { back, kept }, () => {});
  t.equal(await undoAsPlanned(plan), undefined, 'somebody else did it while this one was asked');
  const [undoneAgain = ''] = await siblingsOf(stage);
  const outdated = await planUndo(stage.config, undoneAgain);
  t.match(await restore(t, stage, backup.name, '--yes', '--without-backup-first'), { code: 0 });
  await t.rejects(undoAsPlanned(outdated), /the plan is out of date\. Run this again/);
  t.match(await restore(t, stage, 'undo', '--yes'), { code: 0 });

  const noted = await sql(stage.url, 'select reason from backup_history order by taken_at');
  t.same(noted, [{ reason: 'manual' }, { reason: 'pre-restore' }], 'the restored database knows its backups');
});

test('the backup it took first brings back what the restore replaced', async (t) => {
  const stage = await backupStage(t);
  await taken(stage);
  await addUser(stage.url, 'newcomer');
  const all = await usersOf(stage.url);
  t.match(await restore(t, stage, 'latest', '--yes'), { code: 0 });
  const [, first] = filesIn(stage.folder);
  t.match(await restore(t, stage, first ?? '', '--yes'), { code: 0 });
  t.same(await usersOf(stage.url), all);
});

test('what a machine keeps whose clock is far behind has its time like all else', async (t) => {
  const stage = await backupStage(t);
  const behind = {
    ...stage.environment,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BEHIND)}`,
  };
  t.match(await runCommand(t, ['backup'], { environment: behind }), { code: 0 });
  t.match(await runCommand(t, ['restore', 'latest', '--yes'], { environment: behind }), { code: 0 });
  const year = new Date().getUTCFullYear();
  t.match(filesIn(stage.folder), [new RegExp(`_${year}.*_manual$`), new RegExp(`_${year}.*_pre-restore$`)]);
  const kept = await siblingsOf(stage);
  t.match(kept, [new RegExp(`_before_restore_${year}`)]);
  await workOnce(stage.config, () => {});
  t.same(await siblingsOf(stage), kept);
});

/** Sets the clock of a process two years back. */
const BEHIND = `
  const Right = Date, now = () => Right.now() - 730 * ${DAY_MS};
  globalThis.Date = class extends Right {
    static now = now;
    constructor(...args) { super(...(args.length === 0 ? [now()] : args)); }
  };`;

test('the copy of a backup takes the place of an empty database on a new server', async (t) => {
  const old = await backupStage(t);
  const backup = await taken(old);
  const fresh = await backupStage(t, 'empty');
  t.match(await restore(t, fresh, backup.path, '--yes'), { code: 0 });
  t.same(await usersOf(fresh.url), await usersOf(old.url));
});

test('a database that is gone altogether comes back', async (t) => {
  const stage = await backupStage(t);
  const before = await usersOf(stage.url);
  await taken(stage);
  await sql(withDatabase(stage.url, 'postgres'), `drop database ${stage.name} with (force)`);
  t.match(await restore(t, stage, 'latest', '--yes'), { code: 0, stdout: /which does not exist now/ });
  t.same(await usersOf(stage.url), before);
  t.same(await siblingsOf(stage), []);
});

test('an older backup is brought to the schema of this code', async (t) => {
  const stage = await backupStage(t, 'empty');
  const [oldest] = readMigrations();
  await migrate(addressOf(stage.url), () => {}, {
    folder: temporaryFolder(t, { [`${oldest?.name}.sql`]: oldest?.sql ?? '' }),
  });
  await sql(stage.url, "insert into users (username, email, password_hash) values ('early', 'e@example.com', '!')");
  await taken(stage);
  const restored = await restore(t, stage, 'latest', '--yes');
  t.match(restored, { code: 0, stdout: /bring it to this code's schema: .*0008_no_article_was_the_feed/ });
  t.same(await usersOf(stage.url), ['early']);
  t.same(
    await appliedIn(stage.url),
    readMigrations().map(({ name }) => name),
  );
});

test('a backup of a newer schema is refused, and nothing is touched', async (t) => {
  const stage = await backupStage(t);
  await sql(stage.url, "insert into schema_migrations (name, run_on) values ('9999_future', now())");
  await sql(stage.url, `insert into schema_migration_checksums values ('9999_future', '${'0'.repeat(64)}')`);
  await taken(stage);
  const refused = await restore(t, stage, 'latest', '--yes');
  t.match(refused, { code: 1, stderr: /is newer than this code: it has 9999_future/ });
  t.same(await siblingsOf(stage), []);
  t.equal(filesIn(stage.folder).length, 1);
});

test('a backup that was taken after the schema was changed by hand is refused, with where to look', async (t) => {
  const stage = await backupStage(t);
  await sql(stage.url, 'drop index users_email_key');
  const { name } = await taken(stage);
  await addUser(stage.url, 'newcomer');
  const { code, stderr } = await restore(t, stage, 'latest', '--yes');
  t.equal(code, 1);
  t.match(
    stderr,
    `lacks what its migrations made: index users.users_email_key. The backup ${name} was taken after`,
  );
  t.match(stderr, 'npm run backup -- --list, then npm run restore -- NAME. The present one is untouched.');
  t.ok((await usersOf(stage.url)).includes('newcomer'));
});

test('nothing happens without a yes', async (t) => {
  const stage = await backupStage(t);
  await taken(stage);
  await addUser(stage.url, 'newcomer');
  t.match(await restore(t, stage, 'latest'), { code: 1, stderr: /Nothing was done/ });
  t.ok((await usersOf(stage.url)).includes('newcomer'));
  t.match(await restore(t, stage), { code: 64 });
  t.match(await restore(t, stage, 'latest', 'other'), { code: 64 });
  t.match(await restore(t, stage, 'undo'), { code: 1, stderr: /There is nothing to undo/ });
});

test('when the present cannot be backed up it stops, unless told to go on', async (t) => {
  const stage = await backupStage(t);
  const before = await usersOf(stage.url);
  const backup = await taken(stage);
  await addUser(stage.url, 'newcomer');
  // A folder that is full of something else: the backup to restore is elsewhere.
  const elsewhere = temporaryFolder(t, { file: '' });
  cpSync(backup.path, join(elsewhere, backup.name), { recursive: true });
  const environment = { ...stage.environment, BACKUP_DIR: join(elsewhere, 'file') };
  const args = ['restore', join(elsewhere, backup.name), '--yes'];
  const stopped = await runCommand(t, args, { environment });
  t.match(stopped, { code: 1, stderr: /could not be backed up, so nothing was restored.*--without-backup-first/s });
  t.same(await usersOf(stage.url), [...before, 'newcomer']);

  rmSync(join(elsewhere, 'file'));
  const on = await runCommand(t, [...args, '--without-backup-first'], { environment });
  t.match(on, { code: 0 });
  t.notMatch(on.stdout, /back up/);
  t.same(await usersOf(stage.url), before);
});

test('a damaged backup is refused before anything is done', async (t) => {
  const stage = await backupStage(t);
  const { path } = await taken(stage);
  rmSync(join(path, 'database.dump'));
  t.match(await restore(t, stage, 'latest', '--yes'), { code: 1, stderr: /is damaged/ });
  t.same(await siblingsOf(stage), []);
});

test('who may connect, and how many, the comment and what a database sets stay as they are', async (t) => {
  const stage = await backupStage(t);
  const role = `guest_${stage.name.slice(-12)}`;
  await sql(stage.url, `create role ${role} login`);
  t.teardown(() => sql(withDatabase(stage.url, 'postgres'), `drop role if exists ${role}`).catch(() => {}));
  await sql(
    stage.url,
    `revoke all on database ${stage.name} from public;
     grant connect on database ${stage.name} to ${role} with grant option;
     alter database ${stage.name} connection limit 42;
     comment on database ${stage.name} is 'Jim''s "blog"';
     alter database ${stage.name} set work_mem = '12MB';
     alter database ${stage.name} set search_path = "$user", public, "odd, schema";
     alter role ${role} in database ${stage.name} set statement_timeout = '7s'`,
  );
  const properties = `select datacl::text, datconnlimit, shobj_description(oid, 'pg_database') as comment,
      (select array_agg(setrole::regrole || ' ' || setconfig::text order by 1) from pg_db_role_setting
       where setdatabase = pg_database.oid) as settings
    from pg_database where datname = current_database()`;
  const before = await sql(stage.url, properties);
  await taken(stage);
  t.match(await restore(t, stage, 'latest', '--yes'), { code: 0 });
  t.same(await sql(stage.url, properties), before);
  await sql(
    withDatabase(stage.url, 'postgres'),
    `revoke all on database ${stage.name} from ${role}; alter role ${role} in database ${stage.name} reset all`,
  );
  for (const name of await siblingsOf(stage)) {
    await sql(withDatabase(stage.url, 'postgres'), `drop database "${name}" with (force)`);
  }
});

test('a backup with grants to a role that is no more says how to restore it', async (t) => {
  const stage = await backupStage(t);
  const role = `gone_${stage.name.slice(-12)}`;
  await sql(stage.url, `create role ${role}; grant select on users to ${role}`);
  const backup = await taken(stage);
  await sql(stage.url, `drop owned by ${role}; drop role ${role}`);
  const { code, stderr } = await restore(t, stage, 'latest', '--yes');
  t.equal(code, 1);
  t.match(stderr, new RegExp(`granted to ${role}\\. As a superuser: create role "${role}"`));
  await t.rejects(
    verifyBackup(stage.config, backup, () => {}),
    /As a superuser: create role/,
  );
  t.equal(await readVerification(backup.path), undefined, 'which is no fault of the backup');
  await sql(stage.url, `create role ${role}`);
  t.teardown(() => sql(stage.url, `drop owned by ${role}; drop role ${role}`).catch(() => {}));
  t.match(await restore(t, stage, 'latest', '--yes'), { code: 0 });
  await sql(stage.url, `drop owned by ${role}`);
});
