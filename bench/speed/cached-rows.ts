import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Instance } from '../../src/drill/instance.ts';
import type { BareServer } from '../bare/bare-server.ts';
import { type Promised, promisedWith } from '../bare/promised.ts';
import { JSON_TYPE } from '../bare/routes.ts';
import { addressOf } from '../stage.ts';
import { articlePath, authorPath, type Row, type Side, sameAsNow } from './side.ts';
import type { SpeedStage } from './stage.ts';

const CONNECTIONS = 50;
const LIST = '/api/articles';
const ARTICLE = '/api/articles/generated-2026';
/** Of what is read from Redis; no more than a generated blog has people. */
const KEYS = 1000;
const CHECKED = 40;
/** Of the keys that bare Fastify asks for. */
const PREFIX = 'bench:';
const SCRIPT = join(import.meta.dirname, 'reads.lua');
const MEMORY_GOAL = 0.85;
const REDIS_GOAL = 0.9;
const VIEWER_GOAL = 0.5;
/** The id of somebody who wrote none of those. */
const VIEWER = '7';
/** Articles on the first page that the viewer likes, and whose authors they follow. */
const MARKED = 3;

/** Reads from the process's memory, beside bare Fastify sending a text of as many bytes. */
export async function memoryRows(stage: SpeedStage): Promise<Row[]> {
  const server = await stage.start();
  const token = stage.tokenOf(VIEWER);
  await mark(server, token);
  const row = async (name: string, goal: number, path: string, viewer?: string): Promise<Row> => {
    const { side, body } = await cached(server, path, viewer);
    return {
      ...{ name, goal, connections: CONNECTIONS },
      ceiling: `(a) bare Fastify, ${(Buffer.byteLength(body) / 1000).toFixed(1)} kB ready made`,
      ours: side,
      beside: await readyMade(stage, body),
      ...(viewer === undefined && { least: await readyMade(stage, body, await promisedWith(server, path, false)) }),
    };
  };
  return [
    await row('hot list, from memory', MEMORY_GOAL, LIST),
    await row('hot article, from memory', MEMORY_GOAL, ARTICLE),
    await row("a viewer's list, warm", VIEWER_GOAL, LIST, token),
  ];
}

/** The same from Redis alone, of so many that hardly two readers share a look-up, beside bare Fastify with one GET each. */
export async function redisRows(stage: SpeedStage): Promise<Row[]> {
  // What is kept stays current while it is measured: nothing is loaded anew in the background.
  const server = await stage.start({ CACHE_MEMORY_BYTES: '0', CACHE_FRESH_MS: '600000' });
  const row = async (name: string, kind: 'articles' | 'authors', path: (number: number) => string) => {
    const paths = Array.from({ length: KEYS }, (_, index) => path(1 + index));
    const bodies = await bodiesOf(server, paths);
    const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) / KEYS;
    const side = async (address: Side['address']): Promise<Side> => {
      const checks = await sameAsNow(address, paths.slice(0, CHECKED));
      const load = (run: number) => ({
        path: '/',
        script: { file: SCRIPT, args: [kind, String(KEYS), String(run)] },
      });
      return { address, load, checks: () => checks };
    };
    const bare = await storedInRedis(stage, paths, bodies);
    const least = await startRedis(stage, await promisedWith(server, path(1), false));
    return {
      ...{ name, goal: REDIS_GOAL, connections: CONNECTIONS },
      ceiling: `(b) bare Fastify, one GET of ${(bytes / 1000).toFixed(1)} kB from Redis`,
      ours: { ...(await side(addressOf(server))), statementsEach: 0 as const, fromRedis: true as const },
      beside: await side(bare.address),
      least: await side(least.address),
    };
  };
  return [
    await row(`${KEYS} lists, without memory, from Redis`, 'authors', authorPath),
    await row(`${KEYS} articles, without memory, from Redis`, 'articles', articlePath),
  ];
}

/** The bodies of those paths, each asked for once, so that all of them are kept. */
async function bodiesOf({ origin }: Instance, paths: readonly string[]): Promise<string[]> {
  const bodies: string[] = [];
  for (const path of paths) {
    const reply = await fetch(origin + path);
    if (reply.status !== 200) throw new Error(`${path} was answered with ${reply.status}.`);
    bodies.push(await reply.text());
  }
  return bodies;
}

/** A read that is answered without a statement, checked against what is answered now. */
export async function cached(
  server: Instance,
  path: string,
  token?: string,
): Promise<{ side: Side; body: string }> {
  const address = addressOf(server);
  const checks = await sameAsNow(address, [path], token);
  const [check] = checks;
  const body = check?.expected !== undefined && 'body' in check.expected ? check.expected.body : '';
  const headers = token === undefined ? {} : { authorization: `Token ${token}` };
  return { body, side: { address, load: () => ({ path, headers }), checks: () => checks, statementsEach: 0 } };
}

/** As many bytes, all of them ASCII: encoding text must not slow the ceiling down. */
function asciiOf(body: string): string {
  const frame = '{"text":""}';
  return frame.replace('""', `"${'x'.repeat(Math.max(0, Buffer.byteLength(body) - frame.length))}"`);
}

async function readyMade(stage: SpeedStage, body: string, promised?: Promised): Promise<Side> {
  const headers = { 'content-type': JSON_TYPE };
  const plan = { serves: 'text', status: 200, headers, body: asciiOf(body) } as const;
  const bare = await stage.startBare({ ...plan, ...(promised && { promised }) });
  return bareSide(bare.address);
}

/** Bare Fastify that has for each path as many bytes in Redis as that body has. */
async function storedInRedis(
  stage: SpeedStage,
  paths: readonly string[],
  bodies: readonly string[],
): Promise<BareServer> {
  const redis = new Redis(stage.servers.redis.url);
  try {
    for (const [index, path] of paths.entries()) await redis.set(PREFIX + path, asciiOf(bodies[index] ?? ''));
  } finally {
    redis.disconnect();
  }
  return startRedis(stage);
}

function startRedis(stage: SpeedStage, promised?: Promised): Promise<BareServer> {
  const plan = { serves: 'redis', redisUrl: stage.servers.redis.url, prefix: PREFIX } as const;
  return stage.startBare({ ...plan, ...(promised && { promised }) });
}

async function bareSide(address: Side['address']): Promise<Side> {
  const checks = await sameAsNow(address, ['/']);
  return { address, load: () => ({ path: '/' }), checks: () => checks };
}

/** Lets the viewer like some articles of the first page and follow their authors, so that there is something to mark. */
async function mark({ origin }: Instance, token: string): Promise<void> {
  const list = (await (await fetch(`${origin}${LIST}`)).json()) as {
    articles: { slug: string; author: { username: string } }[];
  };
  for (const { slug, author } of list.articles.slice(0, MARKED)) {
    for (const path of [`/api/articles/${slug}/favorite`, `/api/profiles/${author.username}/follow`]) {
      const reply = await fetch(origin + path, { method: 'POST', headers: { authorization: `Token ${token}` } });
      if (!reply.ok) throw new Error(`${path} was answered with ${reply.status}: ${await reply.text()}`);
    }
  }
}
