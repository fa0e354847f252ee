import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { type Api, apiOf, publish, register } from './api.ts';
import { ONE_SERVICE } from './conduit.ts';
import { DATABASE_PATIENCE } from './environment.ts';
import { get, until } from './http.ts';
import { createDatabase } from './shared-servers.ts';
import { type RunningSteadfast, startSteadfast } from './steadfast.ts';

/** Two server processes that are one service: one database, one Redis, one key for tokens. */
export type TwoServers = {
  readonly servers: readonly RunningSteadfast[];
  readonly one: Api;
  readonly other: Api;
  /** Somebody's token, and the slug of an article of theirs. */
  readonly token: string;
  readonly slug: string;
  /** The article's description, as each of the two shows it. */
  descriptions(): Promise<readonly unknown[]>;
};

const RECOVERY_LIMIT_MS = 30_000;
/** Between two reads of one reader, so that the machine has time for the servers. */
const READING_PAUSE_MS = 20;

/** Starts both on a database of their own and on the Redis that `redis` leads to, and waits until they use it. */
export async function twoServers(test: Test, redis: Readonly<Record<string, string>>): Promise<TwoServers> {
  const environment = { DATABASE_URL: await createDatabase(test), ...ONE_SERVICE, ...DATABASE_PATIENCE, ...redis };
  const servers = await Promise.all([startSteadfast(test, environment), startSteadfast(test, environment)]);
  const [one, other] = servers.map(({ origin }) => apiOf(origin)) as [Api, Api];
  await bothSay({ servers }, 'pass');
  const token = await register(one, 'ida');
  const slug = await publish(one, token, 'Before');
  const describe = async (api: Api) => (await api('GET', `/api/articles/${slug}`)).json.article.description;
  return { servers, one, other, token, slug, descriptions: () => Promise.all([describe(one), describe(other)]) };
}

/** Waits until both say so of Redis: that it can be used, or that it cannot. Returns how long that took. */
export function bothSay({ servers }: Pick<TwoServers, 'servers'>, status: 'pass' | 'fail'): Promise<number> {
  return until(
    `both say of Redis: ${status}`,
    async () => {
      const answers = await Promise.all(servers.map(({ origin }) => get(origin, '/health')));
      return answers.every(({ json }) => json.checks.redis.status === status);
    },
    RECOVERY_LIMIT_MS,
  );
}

/** Waits until something that one server has loaded is a hit at the other, which never loaded it. */
export async function shareCopies({ one, other }: TwoServers): Promise<void> {
  let limit = 0;
  await until('the other has a copy of what one has loaded', async () => {
    limit += 1;
    await one('GET', `/api/articles?limit=${limit}`);
    const { headers } = await other('GET', `/api/articles?limit=${limit}`);
    return /hit/.test(headers.get('cache-status') ?? '');
  });
}

/** Changes the article on one server, looks there, and returns how long the other did not show it, in milliseconds. */
export async function writeAndSee(
  { one, other, token, slug }: TwoServers,
  description: string,
): Promise<{ readonly own: unknown; readonly ms: number }> {
  const path = `/api/articles/${slug}`;
  const { status, text } = await one('PUT', path, { token, body: { article: { description } } });
  if (status !== 200) throw new Error(`The article was not changed: ${status} ${text}`);
  const own = (await one('GET', path)).json.article.description;
  const ms = await until(
    `the other shows "${description}"`,
    async () => (await other('GET', path)).json.article.description === description,
    RECOVERY_LIMIT_MS,
  );
  return { own, ms };
}

export type ReadingDone = {
  readonly answers: number;
  /** Answers other than 200, and requests without any. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
};

/** Reads everything of interest from both servers, over and over, until `stop` or the end of the test. */
export function keepReading(test: Test, { one, other, token, slug }: TwoServers): { stop(): Promise<ReadingDone> } {
  const paths = ['/api/articles', `/api/articles/${slug}`, '/api/tags', '/api/profiles/ida', '/api/user'];
  const failures: string[] = [];
  let [answers, slowestMs, stopped] = [0, 0, false];
  const read = async (api: Api, path: string) => {
    while (!stopped) {
      const { status, ms } = await api('GET', path, { token }).catch(() => ({ status: 'no answer', ms: 0 }));
      answers += 1;
      slowestMs = Math.max(slowestMs, ms);
      if (status !== 200) failures.push(`${path}: ${status}`);
      await sleep(READING_PAUSE_MS);
    }
  };
  const readers = paths.flatMap((path) => [read(one, path), read(other, path)]);
  const stop = async () => {
    stopped = true;
    await Promise.all(readers);
    return { answers, failures, slowestMs };
  };
  test.teardown(stop);
  return { stop };
}
