import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { SERVER_COMMAND } from '../../src/server-command.ts';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const JWT_SECRET = 'a-key-that-must-never-be-logged-anywhere';

test('npm start is the command that everything else starts a server with', async (t) => {
  const root = join(import.meta.dirname, '../..');
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const variables = Object.entries(SERVER_COMMAND.environment).map(([name, value]) => `${name}=${value}`);
  const words = [...variables, 'exec', 'node', ...SERVER_COMMAND.arguments].join(' ');
  t.equal(scripts.start, words.replaceAll(`${root}/`, ''));
});

test('what the start says about itself', async (t) => {
  const environment = await testEnvironment(t);
  const { hostname, port, pathname, password } = new URL(environment.DATABASE_URL);
  const name = pathname.slice(1);
  const { origin, log } = await startSteadfast(t, { ...environment, JWT_SECRET, LOG_LEVEL: 'trace' });

  t.test('one line says which database it is on', async (t) => {
    const lines = log.filter((line) => 'database' in line);
    t.equal(lines.length, 1);
    t.match(lines[0]?.database, { host: hostname, port: Number(port), name, user: 'steadfast' });
    t.match(lines[0]?.msg, new RegExp(`^on PostgreSQL \\d+.*: ${name} on ${hostname}:${port}$`));
  });

  t.test('one line says what is in it', async (t) => {
    const lines = log.filter((line) => 'tables' in line);
    t.equal(lines.length, 1);
    t.match(lines[0]?.tables, { users: 8, articles: 36 });
    t.ok(Object.keys(lines[0]?.tables as object).includes('comments'));
  });

  t.test('no line carries a secret, whatever is asked of it', async (t) => {
    const headers = { authorization: `Token ${JWT_SECRET}` };
    await get(origin, '/api/articles', headers);
    await get(origin, '/api/none', headers);
    await get(origin, '/health/database', headers);
    const everything = JSON.stringify(log);
    for (const secret of [JWT_SECRET, password, new URL(sharedServers().redisUrl).password]) {
      t.ok(secret.length > 10);
      t.notOk(everything.includes(secret));
    }
  });
});
