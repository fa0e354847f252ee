import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { loadConfig } from '../../../src/config/config.ts';
import { ownerAddress } from '../../../src/config/owner-address.ts';
import { readBackupStatus } from '../../../src/safety/backups/history.ts';
import { writeManifest } from '../../../src/safety/backups/manifest.ts';
import {
  type Backup,
  findBackup,
  newestBackup,
  removeBackup,
  removeLeftovers,
} from '../../../src/safety/backups/store.ts';
import { takeBackup } from '../../../src/safety/backups/take.ts';
import { DAY_MS } from '../../../src/safety/backups/units.ts';
import { writeVerification } from '../../../src/safety/backups/verification.ts';
import { withConnection } from '../../../src/safety/connection.ts';
import { type BackupStage, backupStage, filesIn, taken } from '../../support/backups.ts';
import { type Ended, runCommand } from '../../support/command-line.ts';
import { sql, TEMPLATE_DATABASE, withDatabase } from '../../support/shared-servers.ts';

/** The same folder of backups, with a database of that name. */
async function besides(t: Test, stage: BackupStage, name: string): Promise<BackupStage> {
  const maintenance = withDatabase(stage.url, 'postgres');
  await sql(maintenance, `create database "${name}" template ${TEMPLATE_DATABASE}`);
  t.teardown(() => sql(maintenance, `drop database if exists "${name}" with (force)`));
  const url = withDatabase(stage.url, name);
  const environment = { ...stage.environment, DATABASE_URL: url };
  return { ...stage, environment, config: loadConfig(environment), url, name };
}

/** Copies a backup into another name, and time if given. */
function copyAs(
  name: string,
  { path, manifest }: Backup,
  { folder }: BackupStage,
  takenAt = manifest.takenAt,
): string {
  cpSync(path, join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'manifest.json'), writeManifest({ ...manifest, name, takenAt }));
  return name;
}

test('databases whose names differ in odd characters only share a folder, and each has its own backups', async (t) => {
  const stage = await backupStage(t);
  const short = stage.name.slice(0, 13);
  const odd = await besides(t, stage, `${short}=b`);
  const plain = await besides(t, stage, `${short}-b`);
  const ofOdd = await taken(odd);
  const ofPlain = await taken(plain);
  const latest = async ({ folder, name }: BackupStage) => (await findBackup(folder, name, 'latest')).name;
  t.equal(await latest(odd), ofOdd.name);
  t.equal(await latest(plain), ofPlain.name);

  const partial = `${ofOdd.name}.partial`;
  mkdirSync(join(stage.folder, partial));
  await removeLeftovers(stage.folder, plain.name);
  t.ok(filesIn(stage.folder).includes(partial), 'what the other writes is left alone');
  await removeLeftovers(stage.folder, odd.name);
  t.notOk(filesIn(stage.folder).includes(partial));

  const asBefore = copyAs(ofOdd.name.replace(/_[0-9a-f]{8}_/, '_'), ofOdd, stage);
  await removeBackup(ofOdd);
  t.equal(await latest(odd), asBefore, 'the name it had before names kept a digest is known');
  await removeBackup(ofPlain);
  await t.rejects(latest(plain), /There is no backup of/, 'and is nobody else’s');
  const planned = await runCommand(t, ['restore', asBefore], { environment: plain.environment });
  t.match(planned, {
    code: 1,
    stdout: `It is a backup of another database: of ${odd.name}, not of ${plain.name}.`,
  });
});

test('a backup that a clock took which was ahead is not the latest until that day', async (t) => {
  const stage = await backupStage(t);
  const { environment, folder, name, config } = stage;
  const real = await taken(stage);
  const in200Days = new Date(Date.now() + 200 * DAY_MS).toISOString();
  const stamp = in200Days.replace(/[-:Z]/g, '').replace(/[T.]/g, '_');
  const ahead = copyAs(real.name.replace(/\d{8}_\d{6}_\d{3}/, stamp), real, stage, in200Days);
  const verification = { at: in200Days, durationMs: 1, amcheck: 'passed' } as const;
  await writeVerification(join(folder, ahead), verification);
  const said = (command: Promise<Ended>) => command.then(({ output }) => output);

  t.equal((await newestBackup(folder, name))?.name, real.name);
  const plan = await said(runCommand(t, ['restore', 'latest'], { environment }));
  t.match(plan, new RegExp(`yet to come.*: ${ahead}\\..*NTP.*\n${real.name}\n`, 's'));
  const named = await said(runCommand(t, ['restore', ahead], { environment }));
  t.match(named, /\(yet to come: by a clock that was ahead, manual\)/, 'whoever names it gets it');
  const verified = await said(runCommand(t, ['backup:verify'], { environment }));
  t.match(verified, `Good: ${real.name}`);
  const listed = await said(runCommand(t, ['backup', '--list'], { environment }));
  t.match(listed, new RegExp(`^${ahead}  of a time yet to come, .*^Of a time yet to come`, 'ms'));
  t.match(listed, new RegExp(`^${real.name}  0 minutes old`, 'm'));

  const address = ownerAddress(config.database);
  const status = await withConnection(address, (client) => readBackupStatus(client));
  t.match(status, { last: { name: real.name, previousBytes: undefined }, ahead: [ahead] });
  t.ok(status?.lastVerifiedAt && status.lastVerifiedAt <= new Date(), 'nor is its proof');

  await removeBackup(real);
  await t.rejects(findBackup(folder, name, 'latest'), /There is no backup of .*yet to come.*npm run backup/);
});

test('where there is no backup, those from before a restore are spoken of only if there are some', async (t) => {
  const stage = await backupStage(t);
  const latest = () => findBackup(stage.folder, stage.name, 'latest', { passedOver: 'pre-restore' });
  await t.rejects(latest(), /There is no backup of \S+ in \S+\. Take one/);
  await takeBackup(stage.config, { reason: 'pre-restore', progress: () => {} });
  await t.rejects(latest(), /There is no backup of \S+ in \S+ but pre-restore ones\. Take one/);
});
