import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { backupStage, taken } from '../support/backups.ts';
import { runCommand } from '../support/command-line.ts';
import { sql } from '../support/shared-servers.ts';

test('the doctor looks at what surrounds the servers, and a warning is no failure', async (t) => {
  const { environment } = await backupStage(t);
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 0);
  for (const subject of [
    'configuration',
    'version',
    'clock of PostgreSQL',
    'clock of Redis',
    'owner',
    'indexes',
    'tools',
  ]) {
    t.match(output, new RegExp(`^ok {3}${subject}: `, 'm'));
  }
  t.match(output, /^ok {3}policy of Redis: allkeys-lru within/m);
  t.match(output, /^(ok {3}|WARN )disk: The database has \d/m);
  t.match(output, /^WARN durability: fsync, full_page_writes off/m);
  t.match(output, /^WARN privileges: .*is a superuser.*sql\/roles\.sql/m);
  t.match(output, /^WARN backups: There is none .*npm run backup/m);
  t.match(output, /^\d+ ok, \d+ warnings, 0 failures\.$/m);
});

test('the doctor tells an unproven, a proven and a damaged backup apart', async (t) => {
  const stage = await backupStage(t);
  const { environment } = stage;
  const { path } = await taken(stage);
  const first = await runCommand(t, ['doctor'], { environment: { ...environment, BACKUP_PROOF_URL: stage.url } });
  t.match(first.output, /^WARN proof: .*npm run backup:verify/m);
  t.match(first.output, /^ok {3}proof server: /m);
  t.equal((await runCommand(t, ['backup:verify', 'latest'], { environment })).code, 0);
  const nowhere = { ...environment, BACKUP_PROOF_URL: 'postgres://prover:hunter2@127.0.0.1:1/postgres' };
  const second = await runCommand(t, ['doctor'], { environment: nowhere });
  t.match(second.output, /^ok {3}proof: .*restored and compared/m);
  t.match(second.output, /^FAIL proof server: .*127\.0\.0\.1:1 cannot be reached.*BACKUP_PROOF_URL/m);
  const manifest = join(path, 'manifest.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"rows": ', '"rows":  '));
  const { code, output } = await runCommand(t, ['doctor'], { environment });
  t.equal(code, 1);
  t.match(output, /^FAIL backups: The backup .* is damaged/m);
});

test('the doctor names the owner that cannot be used, the privileges that lack, and the invalid index', async (t) => {
  const { environment, url } = await backupStage(t);
  const wrongOwner = { ...environment, DB_OWNER_USER: 'nobody_here', DB_OWNER_PASSWORD: 'hunter2-hunter2' };
  const first = await runCommand(t, ['doctor'], { environment: wrongOwner });
  t.equal(first.code, 1);
  t.match(first.output, /^FAIL owner: .*nobody_here cannot be used.*DB_OWNER_USER/m);
  t.notMatch(first.output, /hunter2/);

  await sql(url, "update pg_index set indisvalid = false where indexrelid = 'articles_newest_idx'::regclass");
  const second = await runCommand(t, ['doctor'], { environment });
  t.equal(second.code, 1);
  t.match(second.output, /^FAIL indexes: Invalid: articles_newest_idx/m);
  t.match(
    second.output,
    /^FAIL schema: .*articles_newest_idx \(is .*\(invalid\)\).*: reindex index articles_newest_idx;/m,
  );
});
