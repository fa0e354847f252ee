import { test } from 'tap';
import { apiOf, publish, register } from '../support/api.ts';
import { ONE_SERVICE } from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const FRESH_MS = 4000;
/** What a busy machine may take on top. */
const SLACK_MS = 1500;

test('a process killed between commit and announcement costs at most the fresh time', async (t) => {
  const environment = {
    ...(await testEnvironment(t)),
    ...ONE_SERVICE,
    CACHE_FRESH_MS: String(FRESH_MS),
  };
  const url = new URL(environment.REDIS_URL);
  const network = await tcpProxy(t, Number(url.port));
  url.port = String(network.port);
  const [writer, reader] = await Promise.all([
    // It waits for Redis to hear of the change, long enough to be killed meanwhile.
    startSteadfast(t, { ...environment, REDIS_URL: url.href, REDIS_COMMAND_TIMEOUT_MS: '20000' }),
    startSteadfast(t, environment),
  ]);
  const api = apiOf(writer.origin);
  const token = await register(api, 'ida');
  const slug = await publish(api, token, 'Unannounced');
  const path = `/api/articles/${slug}`;
  const shown = async () => (await get(reader.origin, path)).json.article.description;
  const stored = async () => {
    const rows = await sql<{ description: string }>(
      environment.DATABASE_URL,
      'select description from articles where slug = $1',
      [slug],
    );
    return rows[0]?.description;
  };
  t.equal(await shown(), 'About it');

  network.set('blackhole');
  const write = api('PUT', path, { token, body: { article: { description: 'Changed' } } }).then(
    ({ status }) => status,
    () => 'no answer',
  );
  await until('the change is committed', async () => (await stored()) === 'Changed');
  const committedAt = performance.now();
  writer.process.kill('SIGKILL');
  t.equal(await writer.ended, 'SIGKILL');
  t.equal(await write, 'no answer', 'nobody was told that it was made');

  t.equal(await shown(), 'About it', 'the other process cannot know');
  await until('the other process shows it', async () => (await shown()) === 'Changed', FRESH_MS + SLACK_MS);
  const ms = performance.now() - committedAt;
  t.ok(ms < FRESH_MS + SLACK_MS, `after ${ms.toFixed(0)} ms, where ${FRESH_MS} are allowed`);
});
