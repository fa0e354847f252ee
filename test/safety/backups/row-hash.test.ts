import { type Test, test } from 'tap';
import { READING_PARAMETERS, readTables } from '../../../src/safety/backups/contents.ts';
import type { DatabaseContents } from '../../../src/safety/backups/manifest.ts';
import { type Backup, findBackup } from '../../../src/safety/backups/store.ts';
import { readVerification } from '../../../src/safety/backups/verification.ts';
import { verifyBackup } from '../../../src/safety/backups/verify.ts';
import { withConnection } from '../../../src/safety/connection.ts';
import { type BackupStage, backupStage, reseal, summedElsewhere, taken } from '../../support/backups.ts';
import { runCommand } from '../../support/command-line.ts';
import { sql } from '../../support/shared-servers.ts';

const silently = () => {};
const restored = (t: Test, { environment }: BackupStage) =>
  runCommand(t, ['restore', 'latest', '--yes', '--without-backup-first'], { environment });

/** The backup with other contents in its manifest, read again. */
async function rewritten(
  { folder, name }: BackupStage,
  backup: Backup,
  change: (contents: DatabaseContents) => DatabaseContents,
): Promise<Backup> {
  reseal(backup, (manifest) => ({ ...manifest, contents: change(manifest.contents) }));
  return findBackup(folder, name, backup.name);
}

/** The sums of a database's tables as the first versions of Steadfast made them. */
function firstSums({ config }: BackupStage): Promise<ReadonlyMap<string, string>> {
  return withConnection(
    config.database,
    async (client) => {
      const sums = new Map<string, string>();
      for (const { name } of await readTables(client)) {
        const { rows } = await client.query<{ checksum: string }>(
          `select coalesce(sum(hash), 0)::text as checksum
           from (
             select ('x' || substr(sha256(convert_to((one.*)::text, 'UTF8'))::text, 3, 16))::bit(64)::bigint
             from only ${name} as one
           ) as hashed (hash)`,
        );
        sums.set(name, rows[0]?.checksum ?? '');
      }
      return sums;
    },
    READING_PARAMETERS,
  );
}

test('backups from before a manifest said how rows are summed are proven and restored as ever', async (t) => {
  const stage = await backupStage(t);
  const sums = await firstSums(stage);
  const backup = await taken(stage);
  const first = ({ rowHash: _, tables, ...contents }: DatabaseContents): DatabaseContents => ({
    ...contents,
    tables: tables.map((table) => ({ ...table, checksum: sums.get(table.name) ?? '' })),
  });
  const old = await rewritten(stage, backup, first);
  t.notMatch(old.manifest.contents, { rowHash: {} });
  t.match(await verifyBackup(stage.config, old, silently), { problem: undefined });
  t.match(await restored(t, stage), { code: 0, stdout: /^Restored: .* is what \S+ was\.$/m });

  const other = await rewritten(stage, backup, (contents) => summedElsewhere(first(contents)));
  t.match(await verifyBackup(stage.config, other, silently), { problem: /public\.users has other rows/ });
});

test('where the server hashes in another way, rows are counted, nothing is called proven, and it can be restored', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  const other = await rewritten(stage, backup, summedElsewhere);
  await t.rejects(
    verifyBackup(stage.config, other, silently),
    /as many rows as were backed up\. Whether they are the same rows cannot be told here: .* \(BACKUP_PROOF_URL\)/,
  );
  t.equal(await readVerification(backup.path), undefined, 'which says nothing about the backup');

  t.match(await restored(t, stage), {
    code: 0,
    stdout:
      /This will.*count the rows of every table\. Whether they are the same .*^Restored: .*, as far as counting tells\.$/ms,
  });

  const short = await rewritten(stage, backup, (contents) => {
    const { tables, ...others } = summedElsewhere(contents);
    return { ...others, tables: tables.map((table) => ({ ...table, rows: table.rows + 1 })) };
  });
  t.match(await verifyBackup(stage.config, short, silently), { problem: /public\.users has 8 rows, not 9/ });
});

test('rows that are summed in a way of a later version are refused in words', async (t) => {
  const stage = await backupStage(t);
  const { path, manifest } = await taken(stage);
  const later = JSON.parse(JSON.stringify(manifest));
  later.contents.rowHash.name = 'xxh3';
  reseal({ path, manifest: later, name: manifest.name });
  t.match(await runCommand(t, ['backup:verify'], { environment: stage.environment }), {
    code: 1,
    stderr:
      /summed by "xxh3", which this version of Steadfast does not know\. If a later one took it, restore with that/,
  });
});

test('what differs has another sum: nulls, columns, rows, odd types, and as many columns as a table can have', async (t) => {
  const stage = await backupStage(t, 'empty');
  const columns = Array.from({ length: 1600 }, (_, n) => `c${n} bool`);
  await sql(
    stage.url,
    `create schema sums; create table sums.wide (${columns.join(', ')}); insert into sums.wide default values`,
  );
  const rows = {
    as_it_is: "('a', 'b', null), ('c', 'd', 1)",
    in_another_order: "('c', 'd', 1), ('a', 'b', null)",
    empty_is_not_null: "('a', 'b', null), ('', 'd', 1)",
    null_is_not_empty: "('a', 'b', null), (null, 'd', 1)",
    null_of_copy: "('a', 'b', null), ('\\N', 'd', 1)",
    swapped_columns: "('b', 'a', null), ('c', 'd', 1)",
    swapped_rows: "('c', 'b', null), ('a', 'd', 1)",
    moved_border: "('ab', '', null), ('c', 'd', 1)",
    twice: "('a', 'b', null), ('a', 'b', null)",
    other_case: "('A', 'b', null), ('c', 'd', 1)",
  };
  for (const [name, values] of Object.entries(rows)) {
    await sql(
      stage.url,
      `create table sums.${name} ("One" text, "select" text, number int); insert into sums.${name} values ${values}`,
    );
  }
  // A type of somebody's with a cast that says nothing.
  await sql(
    stage.url,
    `create type sums.pair as (a text, b text);
     create function sums.silent(sums.pair) returns text language sql as 'select ''''::text';
     create cast (sums.pair as text) with function sums.silent(sums.pair)`,
  );
  const odd = ["('x', 'y'), 'b'", "('x', 'z'), 'b'", "(null, null), 'b'", "null, 'b'", "null, 'b '", 'null, null'];
  for (const [n, values] of odd.entries()) {
    await sql(
      stage.url,
      `create table sums.odd${n} (pair sums.pair, blanks bpchar); insert into sums.odd${n} values (${values})`,
    );
  }
  const tables = await withConnection(stage.config.database, (client) => readTables(client), READING_PARAMETERS);
  const sums = new Map(tables.map(({ name, checksum }) => [name.replace('sums.', ''), checksum]));
  t.equal(sums.get('as_it_is'), sums.get('in_another_order'));
  t.equal(new Set(Object.keys(rows).map((name) => sums.get(name))).size, Object.keys(rows).length - 1);
  t.equal(new Set(odd.map((_, n) => sums.get(`odd${n}`))).size, odd.length);
  t.match(sums.get('wide'), /^-?\d+$/);
});
