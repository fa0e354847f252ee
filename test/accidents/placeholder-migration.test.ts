import { join } from 'node:path';
import { test } from 'tap';
import { backupStage, filesIn } from '../support/backups.ts';
import { runProgram } from '../support/command-line.ts';
import { appliedIn, createdIn } from '../support/migrations.ts';
import { newerVersion } from '../support/newer-version.ts';

/** Somebody made the file with `migrate -- new`, meant to write it later, and deployed. */
test('a migration that was never written does not reach the database', async (t) => {
  const { environment, url, folder } = await backupStage(t);
  const before = { applied: await appliedIn(url), created: await createdIn(url) };
  for (const sql of [
    '-- What changes, and why.\n',
    '-- TODO: add the column\nselect 1;\n',
    'alter table {{table}} add x int;\n',
  ]) {
    const version = newerVersion(t, { name: '9000_add_views', sql });
    const cli = join(version, 'src/cli.ts');
    const { code, output } = await runProgram(t, cli, ['migrate'], { environment });
    t.equal(code, 1, sql);
    t.match(output, /9000_add_views\.sql/);
    t.match(output, /Write (?:the migration|what is meant)/);
    t.notMatch(output, /^\s+at /m);
    t.equal((await runProgram(t, cli, ['migrate', 'validate'], { environment })).code, 1);
  }
  t.same({ applied: await appliedIn(url), created: await createdIn(url) }, before);
  t.same(filesIn(folder), [], 'nor was a backup taken in vain');
});
