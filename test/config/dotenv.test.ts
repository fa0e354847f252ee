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
