import { test } from 'tap';
import { runCommand } from '../support/command-line.ts';
import { testEnvironment } from '../support/environment.ts';
import { sharedServers, withDatabase } from '../support/shared-servers.ts';

test('what PostgreSQL refuses is said with what mends it', async (t) => {
  const environment = await testEnvironment(t, 'empty');
  const missing = withDatabase(sharedServers().postgresUrl, 'no_such_blog');
  const owner = { DB_OWNER_USER: 'steadfast', DB_OWNER_PASSWORD: 'not-the-password' };
  for (const [args, settings, said] of [
    [['migrate', 'status'], owner, /refuses steadfast: password authentication failed.*DB_OWNER_PASSWORD/],
    [['migrate', 'status'], { DATABASE_URL: missing }, /"no_such_blog" does not exist.*npm run restore -- latest/],
    [['doctor', '--data'], {}, /relation ".*" does not exist.*npm run migrate/],
  ] as const) {
    const { code, output } = await runCommand(t, args, { environment: { ...environment, ...settings } });
    t.equal(code, 1, output);
    t.match(output, said);
    t.notMatch(output, /^\s+at |not-the-password/m);
  }
});
