import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { type Test, test } from 'tap';
import type { LoadContext } from '../../src/cache/answer.ts';
import { channelOf } from '../../src/cache/redis-tier.ts';
import { until } from '../support/http.ts';
import { openCache, THING } from '../support/open-cache.ts';
import { sharedServers } from '../support/shared-servers.ts';

type Holding = {
  readonly url: string;
  /** From here on answers to commands wait, announcements do not. */
  hold(): void;
  release(): void;
  readonly answersHeld: number;
  readonly announcementsHeard: number;
};

/** A way to Redis on which announcements may overtake answers, as on any two connections. */
async function holdingAnswers(t: Test): Promise<Holding> {
  const url = new URL(sharedServers().redisUrl);
  const target = Number(url.port);
  let held: (() => void)[] | undefined;
  let heard = 0;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let listens = false;
    client.on('data', (bytes) => {
      listens ||= /subscribe/i.test(bytes.toString('latin1'));
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (listens) heard += bytes.includes('things ') ? 1 : 0;
      if (listens || held === undefined) client.write(bytes);
      else held.push(() => client.write(bytes));
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
    t.teardown(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
  url.port = String(address.port);
  return {
    url: url.href,
    hold() {
      held = [];
    },
    release() {
      for (const write of held ?? []) write();
      held = undefined;
    },
    get answersHeld() {
      return held?.length ?? 0;
    },
    get announcementsHeard() {
      return heard;
    },
  };
}

/** Redis has an old answer; a reader has asked for it, and a write is heard of before Redis' answer arrives. */
async function overtaken(t: Test) {
  const prefix = `test-${randomUUID()}`;
  const network = await holdingAnswers(t);
  const client = new Redis(sharedServers().redisUrl);
  t.teardown(() => client.disconnect());
  const writer = await openCache(t, { prefix, currentPosition: async () => 100 });
  const reader = await openCache(t, { prefix, redisUrl: network.url, commandTimeoutMs: '20000' });
  let row = 'old';
  const contexts: LoadContext[] = [];
  const load = async (context: LoadContext) => {
    contexts.push(context);
    return row;
  };
  await writer.read(THING, async () => row);
  await until('Redis has it, with a position', async () => {
    const found = await client.mget(`${prefix}:{things}:entry:${THING.name}`, `${prefix}:{things}:generation`);
    return found[0] !== null && / 100$/.test(found[1] ?? '');
  });
  network.hold();
  const first = reader.read(THING, load);
  await until('Redis has answered', () => network.answersHeld > 0);
  const heardBefore = network.announcementsHeard;
  row = 'new';
  await writer.raise(['things'], 200);
  await until('the write is heard of', () => network.announcementsHeard > heardBefore);
  const second = reader.read(THING, load);
  return { network, client, channel: channelOf(prefix), reader, first, second, contexts };
}

test('a write that is heard of before an older answer of Redis arrives outdates that answer', async (t) => {
  const { network, first, second, contexts } = await overtaken(t);
  network.release();
  await first;
  t.equal((await second).entry.body?.toString(), 'new');
  t.equal(contexts[0]?.position, undefined, 'the older position does not count either');
});

test('an answer of Redis of before what was known was given up is not used', async (t) => {
  const { network, client, channel, first, second } = await overtaken(t);
  const heardBefore = network.announcementsHeard;
  // Lower than what is known: Redis must have lost it.
  await client.publish(channel, 'somebody things 1');
  await until('it is heard', () => network.announcementsHeard > heardBefore);
  network.release();
  await first;
  t.equal((await second).entry.body?.toString(), 'new');
});
