import { test } from 'tap';
import { readMigrations } from '../../src/safety/migrations/migration-files.ts';
import { rehearse } from '../../src/safety/rehearsal.ts';
import { describeRehearsal } from '../../src/safety/rehearsal-report.ts';
import { backupStage, reseal, siblingsOf, summedElsewhere, taken } from '../support/backups.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createdIn } from '../support/migrations.ts';

const silently = () => {};

/** The migrations of this project, and one more. */
function filesWith(name: string, sql: string): Record<string, string> {
  const files = readMigrations().map((file): [string, string] => [`${file.name}.sql`, file.sql]);
  return { ...Object.fromEntries(files), [`${name}.sql`]: sql };
}

test('a rehearsal migrates the newest backup and tells what that does, and the database stays as it is', async (t) => {
  const stage = await backupStage(t);
  const backup = await taken(stage);
  const before = await createdIn(stage.url);
  const sql = `
    alter table articles add column views bigint not null default 0;
    update users set bio = 'rehearsed';
    delete from comments;
    create table reads (id bigint not null constraint reads_pkey primary key);
    insert into reads values (1), (2);`;
  const folder = temporaryFolder(t, filesWith('9000_views', sql));
  const report = describeRehearsal(await rehearse(stage.config, silently, folder));
  t.match(report, `Rehearsed on ${backup.name}`);
  t.match(report, /9000_views: \d+ ms/);
  t.match(report, /AccessExclusiveLock on articles, which keeps off readers and writers/);
  t.match(report, /RowExclusiveLock on users\n/);
  t.notMatch(report, /Lock on reads/, 'nobody waits for a table that is new');
  t.match(report, /\+ column articles\.views: bigint not null default 0/);
  t.match(report, /\+ table reads/);
  t.match(report, /~ public\.comments: \d+ rows become 0/);
  t.match(report, /~ public\.users: 8 rows, with other values/);
  t.match(report, /\+ public\.reads: 2 rows/);
  t.notMatch(report, /public\.tags/);
  t.same(await createdIn(stage.url), before);
  t.same(await siblingsOf(stage), [], 'the scratch database is gone');
});

test('where rows were hashed in another way, they are compared with those that were restored', async (t) => {
  const stage = await backupStage(t);
  reseal(await taken(stage), ({ contents, ...manifest }) => ({ ...manifest, contents: summedElsewhere(contents) }));
  const folder = temporaryFolder(t, filesWith('9000_bio', "update users set bio = 'rehearsed'"));
  const report = describeRehearsal(await rehearse(stage.config, silently, folder));
  t.match(report, /~ public\.users: 8 rows, with other values/);
  t.notMatch(report, /public\.tags/);
});

test('a migration that would fail fails in the rehearsal, by its file and line', async (t) => {
  const stage = await backupStage(t);
  await taken(stage);
  const folder = temporaryFolder(
    t,
    filesWith('9000_unique', 'create table fine ();\nalter table articles add unique (author_id)'),
  );
  await t.rejects(
    rehearse(stage.config, silently, folder),
    /9000_unique\.sql.* failed: could not create unique index/,
  );
  t.same(await siblingsOf(stage), [], 'the scratch database is gone');
});

test('without a backup there is nothing to rehearse on, and with nothing pending it says so', async (t) => {
  const stage = await backupStage(t);
  await t.rejects(rehearse(stage.config, silently), /no backup of .*npm run backup/);
  await taken(stage);
  t.match(describeRehearsal(await rehearse(stage.config, silently)), /^Nothing is pending/);
});
