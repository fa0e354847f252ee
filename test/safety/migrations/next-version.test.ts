import { join } from 'node:path';
import { test } from 'tap';
import { backupStage } from '../../support/backups.ts';
import { runProgram } from '../../support/command-line.ts';
import { get, until } from '../../support/http.ts';
import { newerVersion, startVersion } from '../../support/newer-version.ts';

import { startSteadfast } from '../../support/steadfast.ts';

const NEXT_LOOK_MS = 40_000;

test('a version with a migration that the database does not have yet', async (t) => {
  const { environment } = await backupStage(t);
  const version = newerVersion(t, { name: '9000_later', sql: 'create table later (id int)' });
  const { origin } = await startVersion(t, version, environment);
  const old = await startSteadfast(t, environment);

  t.test('answers 503 and names what is pending, while the old version goes on', async (t) => {
    const { status, json } = await get(origin, '/api/tags');
    t.equal(status, 503);
    t.match(json.detail, /pending: 9000_later\. Run: npm run migrate/);
    t.match((await get(origin, '/health/database')).json.schema, { state: 'behind', missing_tables: [] });
    t.equal((await get(old.origin, '/api/tags')).status, 200);
  });

  t.test('serves after npm run migrate; the old version then says that it is too old', async (t) => {
    const cli = join(version, 'src/cli.ts');
    t.match(await runProgram(t, cli, ['migrate'], { environment }), { code: 0, stdout: /Applying 9000_later/ });
    await until('the new one serves', async () => (await get(origin, '/api/tags')).status === 200, NEXT_LOOK_MS);
    await until(
      'the old one says it is too old',
      async () => /too old/.test((await get(old.origin, '/api/tags')).json.detail),
      NEXT_LOOK_MS,
    );
  });

  t.test('does not start its migration twice', async (t) => {
    const cli = join(version, 'src/cli.ts');
    t.match(await runProgram(t, cli, ['migrate'], { environment }), { code: 0, stdout: /^Nothing to do/ });
  });
});

test('a migration that fails on the command line exits non-zero, in words, and leaves nothing', async (t) => {
  const { environment } = await backupStage(t);
  const version = newerVersion(t, { name: '9000_later', sql: 'create table later (id int); select 1 / 0;' });
  const cli = join(version, 'src/cli.ts');
  for (const attempt of ['first', 'second']) {
    const { code, output } = await runProgram(t, cli, ['migrate'], { environment });
    t.equal(code, 1, attempt);
    t.match(output, /9000_later/);
    t.match(output, /division by zero/);
    t.notMatch(output, /^\s+at /m, 'no stack trace');
  }
  const { origin } = await startSteadfast(t, environment);
  t.equal((await get(origin, '/api/tags')).status, 200, 'this version finds everything as it was');
});
