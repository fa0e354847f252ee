import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { runCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/folders.ts';
import { sharedServers } from '../support/shared-servers.ts';

const REFUSED = 'DATABASE_URL=sqlite:///blog.db\nPORT=none\n';

test('.env of the working folder is read', async (t) => {
  const folder = temporaryFolder(t, { '.env': REFUSED });
  const { code, stderr } = await runCommand(t, ['migrate'], { folder });
  t.equal(code, 78);
  t.match(stderr, /sqlite:\/\/\/blog\.db/);
  t.match(stderr, /PORT\s+wrong: is "none"/);
});

test('the real environment wins over .env, setting by setting', async (t) => {
  const folder = temporaryFolder(t, { '.env': REFUSED });
  const environment = { DATABASE_URL: 'mysql://127.0.0.1/blog' };
  const { code, stderr } = await runCommand(t, ['migrate'], { folder, environment });
  t.equal(code, 78);
  t.match(stderr, /mysql:\/\/127\.0\.0\.1\/blog/);
  t.notMatch(stderr, /sqlite/);
  t.match(stderr, /PORT\s+wrong: is "none"/);
});

test('a variable that is set to nothing in the environment hides the one in .env', async (t) => {
  const folder = temporaryFolder(t, { '.env': 'PORT=none\n' });
  const environment = { PORT: '', DATABASE_URL: sharedServers().postgresUrl };
  const { code, output } = await runCommand(t, ['doctor'], { folder, environment });
  t.not(code, 78, output);
});

test('without .env only the environment counts, and nothing is said about files', async (t) => {
  const { code, stderr } = await runCommand(t, ['migrate'], { folder: temporaryFolder(t) });
  t.equal(code, 78);
  t.match(stderr, /^Steadfast cannot start: 1 setting needs attention/);
});

test('an .env that cannot be read is not taken for none', async (t) => {
  const environment = { DATABASE_URL: sharedServers().postgresUrl };
  for (const [make, said] of [
    [(file: string) => mkdirSync(file), /\.env\s+wrong: cannot be read \(EISDIR.*\s+to do: Make it a file/],
    [
      (file: string) => writeFileSync(file, '\ufeffPORT=none\r\n', 'utf16le'),
      /\.env\s+wrong: is not in UTF-8 .*\s+to do: Save it as UTF-8/,
    ],
  ] as const) {
    const folder = temporaryFolder(t);
    make(join(folder, '.env'));
    const { code, stderr } = await runCommand(t, ['migrate', 'status'], { folder, environment });
    t.equal(code, 78);
    t.match(stderr, said);
    t.notMatch(stderr, /^\s+at /m, 'no stack trace');
  }
});
