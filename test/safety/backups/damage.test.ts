import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tap, { test } from 'tap';
import { type Backup, checkDump, findBackup } from '../../../src/safety/backups/store.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { postgresFolders } from '../../../src/throwaway/postgres-folders.ts';
import { findProgram, run } from '../../../src/throwaway/shell.ts';
import { type BackupStage, backupStage, reseal, siblingsOf, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';

/** Of the whole file: a machine with much to do takes its time. */
tap.setTimeout(300_000);

const DAMAGES = 1000;
const RESEALED = 36;

/** What anything that uses a backup does first: reads the manifest, then the whole dump. */
async function read({ folder, name }: BackupStage, backup: Backup): Promise<void> {
  await checkDump(await findBackup(folder, name, backup.name));
}

/** The same numbers in every run, so that a failure can be looked at again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`a thousand random damages to a backup are a thousand damages found`, async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  await read(stage, backup);
  const pick = numbers(20261121);
  const unnoticed: string[] = [];
  for (let n = 0; n < DAMAGES; n += 1) {
    const file = join(backup.path, n % 4 === 0 ? 'manifest.json' : 'database.dump');
    const whole = readFileSync(file);
    const what = damage(file, whole, pick);
    const noticed = await read(stage, backup).then(
      () => false,
      (error: Error) => error.name === 'BackupDamaged',
    );
    if (!noticed) unnoticed.push(`${what} of ${file}`);
    writeFileSync(file, whole);
  }
  t.same(unnoticed, []);
  await read(stage, backup);
});

/** Flips one bit, or cuts the file, or adds a byte. */
function damage(file: string, whole: Buffer, pick: (below: number) => number): string {
  const at = pick(whole.length);
  switch (pick(10)) {
    case 0:
      truncateSync(file, at);
      return `cut at ${at}`;
    case 1:
      writeFileSync(file, Buffer.concat([whole, Buffer.from([pick(256)])]));
      return 'a byte more';
    default: {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << pick(8)), at);
      writeFileSync(file, flipped);
      return `bit flipped at ${at}`;
    }
  }
}

/** The dump as SQL without what differs from reading to reading: what it would restore. */
async function asSql(pgRestore: string, path: string): Promise<string> {
  const text = await run(pgRestore, ['--no-owner', '-f', '-', join(path, 'database.dump')]);
  // In names without quotation marks upper case means lower case.
  return text.replace(/^(--|\\(un)?restrict ).*$/gm, '').toLowerCase();
}

test('damage under a checksum that was made to fit is found by restoring', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  const dump = join(backup.path, 'database.dump');
  const whole = readFileSync(dump);
  const pgRestore = (await findProgram('pg_restore', await postgresFolders())) ?? '';
  const healthy = await asSql(pgRestore, backup.path);
  const pick = numbers(4711);
  let found = 0;
  for (let n = 0; n < RESEALED; n += 1) {
    const at = pick(whole.length);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << pick(8)), at);
    writeFileSync(dump, flipped);
    reseal(backup);
    const resealed = await findBackup(stage.folder, stage.name, backup.name);
    const { problem } = await verifyBackup(stage.config, resealed, () => {});
    if (problem !== undefined) {
      found += 1;
    } else {
      // Some bytes say nothing about the data: when the archive was made, say. Then what it restores is the same.
      t.equal(
        await asSql(pgRestore, backup.path).catch(String),
        healthy,
        `a bit flipped at ${at} changed what is restored`,
      );
    }
  }
  t.ok(found > RESEALED / 2, `${found} of ${RESEALED} were found`);
  t.same(await siblingsOf(stage), [], 'no scratch database is left');
});

test('a dump of other rows than the manifest says is found, with the table', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  for (const [change, finding] of [
    [{ rows: 7 }, /public\.users has 8 rows, not 7/],
    [{ checksum: '12345' }, /public\.users has other rows than were backed up/],
    [{ name: 'public.people' }, /public\.people is missing; public\.users was not backed up/],
  ] as const) {
    reseal(backup, (manifest) => ({
      ...manifest,
      contents: {
        ...manifest.contents,
        tables: manifest.contents.tables.map((table) =>
          table.name === 'public.users' ? { ...table, ...change } : table,
        ),
      },
    }));
    const resealed = await findBackup(stage.folder, stage.name, backup.name);
    t.match(await verifyBackup(stage.config, resealed, () => {}), { problem: finding });
  }
});

test('backups that were swapped or renamed, wholly or in part, are noticed', async (t) => {
  const stage = await backupStage(t);
  const [one, other] = [await taken(stage), await taken(stage)];
  const { environment } = stage;
  const verify = () => runCommand(t, ['backup:verify', '--all'], { environment });
  t.match(await verify(), { code: 0, stdout: /2 of 2 backups are good/ });

  swap(join(one.path, 'database.dump'), join(other.path, 'database.dump'));
  t.match(await verify(), { code: 1, stdout: /0 of 2/, stderr: /SHA-256|has \d+ bytes/ });
  swap(join(one.path, 'manifest.json'), join(other.path, 'manifest.json'));
  t.match(await verify(), { code: 1, stdout: /0 of 2/, stderr: new RegExp(`belongs to ${one.name}`) });
  swap(one.path, other.path);
  t.match(await verify(), { code: 0 }, 'and back in their places');

  rmSync(join(one.path, 'manifest.json'));
  t.match(await verify(), { code: 1, stdout: /1 of 2/, stderr: /its manifest cannot be read/ });
  cpSync(join(other.path, 'manifest.json'), join(one.path, 'manifest.json'));
  t.match(await verify(), { code: 1, stdout: /1 of 2/ });
  rmSync(join(other.path, 'database.dump'));
  t.match(await verify(), { code: 1, stdout: /0 of 2/, stderr: /its dump cannot be read/ });
});

function swap(one: string, other: string): void {
  renameSync(one, `${one}.aside`);
  renameSync(other, one);
  renameSync(`${one}.aside`, other);
}
