import { createServer } from 'node:net';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { sharedServers, withDatabase } from '../support/shared-servers.ts';
import { runToEnd, startSteadfast } from '../support/steadfast.ts';

/** The URL with another password. */
function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}

test('a wrong configuration ends the start with 78 and every problem in words', async (t) => {
  const { code, stderr, stdout } = await runToEnd(t, {
    DATABASE_URL: 'sqlite:///x.db',
    REDIS_URL: 'http://127.0.0.1',
    PORT: 'eighty',
    JWT_SECRET: 'hunter2',
  });
  t.equal(code, 78);
  for (const variable of ['DATABASE_URL', 'REDIS_URL', 'PORT']) {
    t.match(stderr, new RegExp(`^  ${variable}\n    wrong: .+\n    to do: .+`, 'm'), variable);
  }
  t.match(stderr, /PostgreSQL only/);
  t.notMatch(stderr, /hunter2/);
  t.notMatch(stderr, /^\s+at /m, 'no stack trace');
  t.equal(stdout, '', 'nothing was started');
});

test('sqlite is refused in every environment', async (t) => {
  for (const NODE_ENV of ['development', 'test', 'production']) {
    const { code, stderr } = await runToEnd(t, { NODE_ENV, DATABASE_URL: 'sqlite:///x.db' });
    t.equal(code, 78, NODE_ENV);
    t.match(stderr, /not a PostgreSQL URL/);
  }
});

test('a wrong password ends the start, saying so', async (t) => {
  const environment = await testEnvironment(t);
  const { code, stderr, stdout } = await runToEnd(t, {
    ...environment,
    DATABASE_URL: withPassword(environment.DATABASE_URL, 'not-the-password'),
  });
  t.equal(code, 78);
  t.match(stderr, /refuses the user "steadfast": password authentication failed/);
  t.match(stderr, /Correct the user and password/);
  t.notMatch(stderr + stdout, /not-the-password/);
  t.notMatch(stderr, /^\s+at /m, 'no stack trace');
});

test('a database that does not exist ends the start, saying so, and is not created', async (t) => {
  const environment = await testEnvironment(t);
  const missing = { ...environment, DATABASE_URL: withDatabase(sharedServers().postgresUrl, 'no_such_blog') };
  for (const attempt of ['first', 'second']) {
    const { code, stderr } = await runToEnd(t, missing);
    t.equal(code, 78, attempt);
    t.match(stderr, /has no database "no_such_blog"/);
    t.match(stderr, /data, restore it \(npm run restore -- latest\).*sql\/roles\.sql in it, then: npm run migrate/);
  }
});

test('where the primary may be one of several, they are all named, and refused when all of them refuse us', async (t) => {
  const environment = await testEnvironment(t);
  const { port, pathname, username, password } = new URL(environment.DATABASE_URL);
  const several = {
    ...environment,
    DATABASE_URL: '',
    ...{ DB_NAME: pathname.slice(1), DB_USER: username },
  };
  const { code, stderr } = await runToEnd(t, {
    ...several,
    DB_HOST: `127.0.0.1:${port},localhost:${port}`,
    DB_PASSWORD: 'not-the-password',
  });
  t.equal(code, 78);
  t.match(stderr, `PostgreSQL on 127.0.0.1:${port}, localhost:${port} refuses the user "steadfast"`);
  const one = { ...several, DB_HOST: `127.0.0.1:1,127.0.0.1:${port}`, DB_PASSWORD: password };
  const { log } = await startSteadfast(t, one);
  const onPrimary = log.find(({ msg }) => msg.startsWith('on PostgreSQL'));
  t.match(onPrimary?.msg, new RegExp(` on 127\\.0\\.0\\.1:${port}$`), 'in the log is the one that is it');
});

test('a port that is taken ends the start, saying which and what to set', async (t) => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  t.teardown(() => squatter.close());
  const { port } = squatter.address() as { port: number };
  const { code, stderr } = await runToEnd(t, { ...(await testEnvironment(t)), PORT: String(port) });
  t.equal(code, 1);
  t.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
  t.match(stderr, /set another port \(PORT, MONITORING_PORT\)/);
  t.notMatch(stderr, /^\s+at /m, 'no stack trace');
});

test('an address that is not of this machine ends the start, saying what to set', async (t) => {
  const environment = await testEnvironment(t);
  for (const [HOST, said] of [
    ['192.0.2.1', /EADDRNOTAVAIL.*set HOST to one that it has/],
    ['nosuch.invalid', /nosuch\.invalid.*set HOST to an address of this machine/],
  ] as const) {
    const { code, stderr } = await runToEnd(t, { ...environment, HOST });
    t.equal(code, 1);
    t.match(stderr, said);
    t.notMatch(stderr, /^\s+at /m, 'no stack trace');
  }
});

test('a start that was refused has not disturbed the one that runs', async (t) => {
  const environment = await testEnvironment(t);
  const running = await startSteadfast(t, environment);
  t.equal((await runToEnd(t, { ...environment, PORT: String(running.port) })).code, 1);
  t.equal((await fetch(`${running.origin}/api/tags`)).status, 200);
});
