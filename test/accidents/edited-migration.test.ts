import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { backupStage } from '../support/backups.ts';
import { runProgram } from '../support/command-line.ts';
import { get } from '../support/http.ts';
import { createdIn } from '../support/migrations.ts';
import { newerVersion, startVersion } from '../support/newer-version.ts';

/** Somebody put a column into the file of a migration that production had long applied. */
test('an applied migration that was edited stops the migrator and the API, and going back mends it', async (t) => {
  const { environment, url } = await backupStage(t);
  const version = newerVersion(t, { name: '9000_views', sql: 'create table views (id int);\n' });
  const cli = join(version, 'src/cli.ts');
  const migrate = (...words: string[]) => runProgram(t, cli, ['migrate', ...words], { environment });
  t.match(await migrate(), { code: 0, output: /Took|Applied 1/ });

  const file = join(version, 'sql/migrations/9000_views.sql');
  writeFileSync(file, 'create table views (id int, seen_at timestamptz);\n');
  for (const words of [[], ['status'], ['validate']]) {
    const { code, output } = await migrate(...words);
    t.equal(code, 1, words.join());
    t.match(output, /edited afterwards: 9000_views\. Restore the files/);
  }
  const { origin } = await startVersion(t, version, environment);
  const { status, json } = await get(origin, '/api/tags');
  t.equal(status, 503);
  t.match(json.detail, /edited afterwards: 9000_views/);

  writeFileSync(file, 'create table views (id int);\n');
  t.equal((await migrate('status')).code, 0);
  t.ok((await createdIn(url)).includes('views'));
});
