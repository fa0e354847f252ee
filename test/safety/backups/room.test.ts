import { test } from 'tap';
import { findDisk } from '../../../src/safety/backups/disk.ts';
import { withRoom } from '../../../src/safety/backups/room.ts';
import { newestBackup } from '../../../src/safety/backups/store.ts';
import { takeBackup } from '../../../src/safety/backups/take.ts';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { rehearse } from '../../../src/safety/rehearsal.ts';
import { filesIn, siblingsOf } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { interruptionStage } from '../../support/interruptions.ts';
import { addressOf } from '../../support/migrations.ts';
import { sharedServers, sql } from '../../support/shared-servers.ts';

const silently = () => {};
const MB = 1e6;
const GB = 1e9;
const signal = new AbortController().signal;

test('room on the disk of the server that is served', async (t) => {
  const stage = await interruptionStage(t);
  const { environment, config, backups, name, disk, url } = stage;
  const address = addressOf(url);
  await takeBackup(config, { reason: 'manual', progress: silently });
  const backup = await newestBackup(backups, name);

  await t.test('is seen where it is on this machine, and not elsewhere', async (t) => {
    t.ok(((await (await findDisk(address))?.freeBytes()) ?? 0) > MB);
    t.equal(await findDisk({ ...address, host: 'db.example.net' }), undefined);
    t.equal(await findDisk({ ...address, dataFolder: `${backups}/missing` }), undefined);
  });

  await t.test('where it cannot be seen, nothing large is begun unless somebody is there', async (t) => {
    const elsewhere = { ...address, host: 'db.example.net' };
    const said: string[] = [];
    const begin = (bytes: number, unattended: boolean) =>
      withRoom(elsewhere, bytes, { progress: (line) => said.push(line), signal, unattended }, async () => 'begun');
    await t.rejects(begin(GB, true), /cannot be seen from here.*BACKUP_PROOF_URL/);
    t.equal(await begin(MB, true), 'begun');
    t.same(said, []);
    t.equal(await begin(GB, false), 'begun');
    t.match(said, [/cannot be seen from here. See that it has room for 1,000 MB/]);
  });

  // Only root can make a disk that is soon full.
  if (disk === undefined || backup === undefined) return;

  await t.test('is that of the folder which is named', async (t) => {
    const room = async (dataFolder: string) => await (await findDisk({ ...address, dataFolder }))?.freeBytes();
    t.ok(((await room(disk.folder)) ?? 0) > 256 * MB);
    t.ok(((await room(backups)) ?? GB) < 128 * MB, 'the disk of the backups is a small one');
  });

  await t.test('is asked for before anything is begun', async (t) => {
    disk.fill(150 * MB);
    const tooLittle = {
      code: 1,
      stderr: /The disk of PostgreSQL .* has 1\d\d MB left, and restoring .* needs .*Make room/,
    };
    const proof = await runCommand(t, ['backup:verify'], { environment });
    t.match(proof, tooLittle);
    t.match(proof.stderr, /^COULD NOT BE VERIFIED: /);
    t.equal(await readVerification(backup.path), undefined, 'which says nothing about the backup');
    const refused = await runCommand(t, ['restore', 'latest', '--yes'], { environment });
    t.match(refused, tooLittle);
    t.match(refused.stderr, /--without-room-check goes on/);
    t.equal(filesIn(backups).length, 1, 'the present is not backed up for nothing');
    await t.rejects(rehearse(config, silently), tooLittle.stderr);
    t.same(await siblingsOf(stage), []);
  });

  await t.test('is not needed for a proof on another server', async (t) => {
    const { postgresUrl } = sharedServers();
    // Other tests have theirs on that server, too.
    const scratches = () =>
      sql(postgresUrl, "select from pg_database where datname ~ ('^' || $1 || '_scratch_')", [name]);
    const elsewhere = { ...environment, BACKUP_PROOF_URL: postgresUrl };
    t.match(await runCommand(t, ['backup:verify'], { environment: elsewhere }), { code: 0, stdout: /^Good/m });
    t.match(await readVerification(backup.path), { problem: undefined });
    t.match(await sql(url, 'select verified_at from backup_history'), [{ verified_at: Date }]);
    t.equal((await scratches()).length, 0, 'nothing is left there');
  });

  await t.test('is watched meanwhile, and the work is stopped before there is none', async (t) => {
    disk.makeRoom();
    const filling = withRoom(address, MB, { progress: silently, signal }, (signal) => {
      disk.fill(150 * MB);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await t.rejects(filling, /has only 1\d\d MB left, so the restoring was stopped/);
    disk.makeRoom();
  });

  await t.test('is not asked for where somebody knows better', async (t) => {
    disk.fill(150 * MB);
    const args = ['restore', 'latest', '--yes', '--without-room-check'];
    t.match(await runCommand(t, args, { environment }), { code: 0, stdout: /^Restored/m });
    disk.makeRoom();
  });
});
