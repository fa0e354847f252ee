import { Redis } from 'ioredis';
import type { Instance } from '../../src/drill/instance.ts';
import { JSON_TYPE } from '../bare/routes.ts';
import { addressOf } from '../stage.ts';
import { type Row, type Side, sameAsNow } from './side.ts';
import type { SpeedStage } from './stage.ts';

const CONNECTIONS = 50;
const LIST = '/api/articles';
const ARTICLE = '/api/articles/generated-2026';
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
    };
  };
  return [
    await row('hot list, from memory', MEMORY_GOAL, LIST),
    await row('hot article, from memory', MEMORY_GOAL, ARTICLE),
    await row("a viewer's list, warm", VIEWER_GOAL, LIST, token),
  ];
}

/** The same from Redis alone, beside bare Fastify with one GET of as many bytes. */
export async function redisRows(stage: SpeedStage): Promise<Row[]> {
  const server = await stage.start({ CACHE_MEMORY_BYTES: '0' });
  const row = async (name: string, path: string): Promise<Row> => {
    const { side, body } = await cached(server, path);
    const bytes = Buffer.byteLength(body);
    return {
      ...{ name, goal: REDIS_GOAL, connections: CONNECTIONS },
      ceiling: `(b) bare Fastify, one GET of ${(bytes / 1000).toFixed(1)} kB from Redis`,
      ours: side,
      beside: await fromRedis(stage, body),
    };
  };
  return [
    await row('hot list, without memory, from Redis', LIST),
    await row('hot article, without memory, from Redis', ARTICLE),
  ];
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

async function readyMade(stage: SpeedStage, body: string): Promise<Side> {
  const headers = { 'content-type': JSON_TYPE };
  const bare = await stage.startBare({ serves: 'text', status: 200, headers, body: asciiOf(body) });
  return bareSide(bare.address);
}

async function fromRedis(stage: SpeedStage, body: string): Promise<Side> {
  const redisUrl = stage.servers.redis.url;
  const key = `bench:${Buffer.byteLength(body)}`;
  const redis = new Redis(redisUrl);
  await redis.set(key, asciiOf(body));
  redis.disconnect();
  const bare = await stage.startBare({ serves: 'redis', redisUrl, key });
  return bareSide(bare.address);
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
