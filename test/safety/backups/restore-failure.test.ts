import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { writeManifest } from '../../../src/safety/backups/manifest.ts';
import { MANIFEST_FILE } from '../../../src/safety/backups/names.ts';
import { planRestore } from '../../../src/safety/backups/restore.ts';
import { explainFailure } from '../../../src/safety/backups/restore-failure.ts';
import type { Backup } from '../../../src/safety/backups/store.ts';
import { ToolFailed } from '../../../src/safety/backups/tools.ts';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { type BackupStage, backupStage, taken } from '../../support/backups.ts';
import { addressOf } from '../../support/migrations.ts';
import { sql } from '../../support/shared-servers.ts';

/** What pg_restore says, as it was seen, and whether that is the backup's fault. */
const COMPLAINTS = [
  ['pg_restore: error: could not read from input file: end of file', true],
  ['pg_restore: error: could not uncompress data: incorrect data check', true],
  ['pg_restore: error: could not execute query: ERROR:  syntax error at or near "creste"', true],
  ['pg_restore: error: COPY failed for table "users": ERROR:  invalid input syntax for type bigint: "1a"', true],
  ['pg_restore: error: could not execute query: ERROR:  relation "public.userz" does not exist', true],
  ['pg_restore: error: connection to server at "127.0.0.1", port 5432 failed: Connection refused', false],
  ['pg_restore: error: could not execute query: server closed the connection unexpectedly', false],
  ['pg_restore: error: COPY failed: ERROR:  could not extend file "base/1/2": No space left on device', false],
  [
    'pg_restore: error: could not execute query: FATAL:  terminating connection due to administrator command',
    false,
  ],
  ['pg_restore: error: could not execute query: ERROR:  out of memory', false],
  ['pg_restore: error: could not execute query: ERROR:  permission denied for schema public', false],
  ['pg_restore: error: could not execute query: ERROR:  extension "postgis" is not available', false],
  ['pg_restore: error: could not execute query: ERROR:  role "reader" does not exist', false],
  ['pg_restore: error: unsupported version (1.16) in file header', false],
  [
    'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"',
    false,
  ],
] as const;

/** What PostgreSQL says of rows that got past the constraints of the database that was backed up. */
const BROKEN_CONSTRAINTS = [
  'insert or update on table "comments" violates foreign key constraint "comments_article_fkey"',
  'new row for relation "tags" violates check constraint "tags_name_length"',
  'null value in column "title" of relation "articles" violates not-null constraint',
  'check constraint "tags_name_length" of relation "tags" is violated by some row',
  'column "title" of relation "articles" contains null values',
  'could not create unique index "users_email_key"',
  'duplicate key value violates unique constraint "users_pkey"',
];

async function isDamage(stage: BackupStage, backup: Backup, error: Error, url = stage.url): Promise<boolean> {
  return (await explainFailure(error, addressOf(url), backup)).name === 'BackupDamaged';
}

const failed = (complaint: string, killedBy: NodeJS.Signals | null = null) =>
  new ToolFailed('pg_restore', { exitCode: killedBy === null ? 1 : null, killedBy }, complaint);

test('a backup is called bad only for what is its own fault', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  for (const [complaint, damage] of COMPLAINTS) {
    t.equal(await isDamage(stage, backup, failed(complaint)), damage, complaint);
  }
  t.equal(await isDamage(stage, backup, failed('', 'SIGKILL')), false, 'somebody killed it');
  t.equal(await isDamage(stage, backup, failed('', 'SIGSEGV')), true, 'it broke at what it read');
  t.equal(await isDamage(stage, backup, new Error('spawn pg_restore ENOENT')), false);

  const inAnotherLanguage = failed('pg_restore: error: FEHLER:  konnte Datei nicht erweitern');
  t.equal(await isDamage(stage, backup, inAnotherLanguage), true, 'a server that takes other data');
  t.equal(await isDamage(stage, backup, inAnotherLanguage, `${stage.url}_gone`), false, 'one that takes none');

  const ofANewerServer = { ...backup, manifest: { ...backup.manifest, serverVersion: '99.1' } };
  await t.rejects(
    verifyBackup(stage.config, ofANewerServer, () => {}),
    /was taken on PostgreSQL 99, and .* is PostgreSQL \d\d, .* of version 99 or newer/,
  );
  t.equal(await readVerification(backup.path), undefined, 'which is no fault of it either');
  writeFileSync(join(backup.path, MANIFEST_FILE), writeManifest(ofANewerServer.manifest));
  await t.rejects(planRestore(stage.config, 'latest'), /was taken on PostgreSQL 99/, 'before anything is asked');
});

test('a backup of rows that break constraints is not called damaged, and says where to look', async (t) => {
  const stage = await backupStage(t);
  await sql(
    stage.url,
    `alter table comments disable trigger all;
     insert into comments (article_id, author_id, body) values (-1, -1, 'of nobody');
     alter table comments enable trigger all`,
  );
  const backup = await taken(stage);
  const { problem } = await verifyBackup(stage.config, backup, () => {});
  t.match(problem, `${backup.name} cannot be restored: when it was taken, the database had rows that break`);
  t.match(problem, /violates foreign key constraint "comments_.*Use an older backup.*npm run doctor -- --data$/s);
  for (const complaint of BROKEN_CONSTRAINTS) {
    const error = failed(`pg_restore: error: could not execute query: ERROR:  ${complaint}`);
    t.match(await explainFailure(error, addressOf(stage.url), backup), {
      name: 'BackupDamaged',
      message: /cannot be restored: when it was taken/,
    });
  }
});
