import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { loadConfig } from '../../../src/config/config.ts';
import { writeManifest } from '../../../src/safety/backups/manifest.ts';
import { type Backup, findBackup, removeBackup, removeLeftovers } from '../../../src/safety/backups/store.ts';
import { type BackupStage, backupStage, filesIn, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
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

/** Copies a backup into another name. */
function copyAs(name: string, { path, manifest }: Backup, { folder }: BackupStage): string {
  cpSync(path, join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'manifest.json'), writeManifest({ ...manifest, name }));
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
