import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { decodeEntry } from '../../src/cache/entry.ts';
import { startTcpProxy, type TcpProxy } from '../../src/throwaway/tcp-proxy.ts';
import { CacheModel } from '../support/cache-model.ts';
import { until } from '../support/http.ts';
import { LoadFailed, openCache, type TextCache } from '../support/open-cache.ts';
import { sharedServers } from '../support/shared-servers.ts';

/** The same interleavings every time, as far as the machine lets them; CACHE_SEED tries others. */
const SEED = Number(process.env.CACHE_SEED ?? 20_261_121);
const RUNS = Number(process.env.CACHE_RUNS ?? 6);
const AT_ONCE = 10;
const INSTANCES = 3;
/** Short, so that entries expire all the time; and longer than an outage, so that they outlast one. */
const FRESH_MS = [150, 1200] as const;
const KEYS = ['things/a', 'things/b', 'others/c'] as const;

type Step = { readonly gapMs: number } & (
  | { readonly kind: 'read'; instance: number; key: string; startMs: number; endMs: number; fails: boolean }
  | { readonly kind: 'write'; instance: number; key: string; raiseMs: number; tellsPosition: boolean }
  | { readonly kind: 'replicate'; part: number }
  | { readonly kind: 'outage'; instance: number; how: 'reset' | 'blackhole'; ms: number }
  | { readonly kind: 'empty' }
);

const instance = fc.integer({ min: 0, max: INSTANCES - 1 });
const key = fc.constantFrom(...KEYS);
const gapMs = fc.integer({ min: 0, max: 15 });
const rarely = fc.integer({ min: 0, max: 6 }).map((number) => number === 0);
const slowness = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 100, max: 300 }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 70,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      gapMs,
      instance,
      key,
      startMs: slowness,
      endMs: slowness,
      fails: rarely,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      gapMs,
      instance,
      key,
      raiseMs: fc.integer({ min: 0, max: 40 }),
      tellsPosition: rarely.map((never) => !never),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('replicate' as const),
      gapMs,
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('outage' as const),
      gapMs,
      instance,
      how: fc.constantFrom('reset' as const, 'blackhole' as const),
      ms: fc.integer({ min: 30, max: 400 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('empty' as const), gapMs }) },
);

type Instance = { readonly cache: TextCache; readonly network: TcpProxy };

/** Some instances of the cache on one Redis, each behind a network of its own, and the model of what they may answer. */
class Scenario {
  readonly model = new CacheModel(INSTANCES);
  readonly #instances: Instance[] = [];
  readonly #redis = new Redis(sharedServers().redisUrl);
  readonly #prefix = `test-${randomUUID()}`;
  readonly #freshMs: number;
  readonly #underWay: Promise<void>[] = [];
  readonly #teardowns: (() => unknown)[] = [() => this.#redis.disconnect()];
  readonly counts = { memory: 0, redis: 0, load: 0, stale: 0, failed: 0 };

  constructor(freshMs: number) {
    this.#freshMs = freshMs;
  }

  async play(steps: readonly Step[]): Promise<void> {
    try {
      for (let number = 0; number < INSTANCES; number += 1) this.#instances.push(await this.#open());
      for (const step of steps) {
        await sleep(step.gapMs);
        this.#underWay.push(this.#take(step));
      }
      await Promise.all(this.#underWay);
      await this.model.settled();
      await this.#everybodySeesEverything();
    } finally {
      await Promise.allSettled(this.#underWay);
      for (const teardown of this.#teardowns.toReversed()) await teardown();
    }
  }

  async #open(): Promise<Instance> {
    const owner = { teardown: (undo: () => unknown) => void this.#teardowns.push(undo) };
    const url = new URL(sharedServers().redisUrl);
    const network = await startTcpProxy(Number(url.port));
    owner.teardown(() => network.close());
    url.port = String(network.port);
    const cache = await openCache(owner, {
      prefix: this.#prefix,
      redisUrl: url.href,
      freshMs: String(this.#freshMs),
      currentPosition: async () => {
        const { position } = this.model;
        await sleep(20);
        return position;
      },
    });
    return { cache, network };
  }

  async #take(step: Step): Promise<void> {
    if (step.kind === 'read') await this.#read(step);
    else if (step.kind === 'write') await this.#write(step);
    else if (step.kind === 'replicate') this.model.replicate(step.part);
    else if (step.kind === 'outage') await this.#outage(step);
    else await this.#empty();
  }

  async #read({ instance, key, startMs, endMs, fails }: Extract<Step, { kind: 'read' }>): Promise<void> {
    const floor = this.model.floor(instance, key);
    const beganAt = Date.now();
    const load = async ({ position }: { position: number | undefined }) => {
      await sleep(startMs);
      const version = this.model.select(key, position);
      await sleep(endMs);
      if (fails) throw new LoadFailed();
      return String(version);
    };
    try {
      const { entry, source } = await this.#instance(instance).cache.read(keyOf(key), load);
      this.counts[source] += 1;
      const version = Number(entry.body?.toString());
      if (source !== 'stale' && version < floor) {
        throw new Error(`${key} at ${instance} is ${version} from ${source}, and ${floor} had been announced`);
      }
      if ((source === 'memory' || source === 'redis') && entry.freshUntil < beganAt) {
        throw new Error(`${key} at ${instance} from ${source} had expired`);
      }
    } catch (error) {
      if (!(error instanceof LoadFailed)) throw error;
      this.counts.failed += 1;
    }
  }

  async #write({ instance, key, raiseMs, tellsPosition }: Extract<Step, { kind: 'write' }>): Promise<void> {
    const { cache } = this.#instance(instance);
    const write = this.model.commit(key);
    const position = tellsPosition ? this.model.position : undefined;
    await sleep(raiseMs);
    const before = cache.snapshot().redis;
    await cache.raise([keyOf(key).family], position);
    const after = cache.snapshot().redis;
    const told = before.state === 'up' && after.state === 'up' && before.since === after.since;
    this.model.raised(instance, write, told);
    await this.#inspect();
  }

  /** What Redis holds as current lacks no write that it has heard of. */
  async #inspect(): Promise<void> {
    for (const key of KEYS) {
      const announced = this.model.announcedVersion(key);
      const { family, name } = keyOf(key);
      const entryKey = `${this.#prefix}:{${family}}:entry:${name}`;
      const [stamp, found] = await Promise.all([
        this.#redis.get(`${this.#prefix}:{${family}}:generation`),
        this.#redis.getBuffer(entryKey),
      ]);
      const entry = found === null ? undefined : decodeEntry(entryKey, found);
      if (entry === undefined || entry.generation !== Number(stamp?.split(' ')[0])) continue;
      const version = Number(entry.body?.toString());
      if (version < announced) {
        throw new Error(`Redis has ${key} as ${version} under ${stamp}, which announced ${announced}`);
      }
    }
  }

  async #outage({ instance, how, ms }: Extract<Step, { kind: 'outage' }>): Promise<void> {
    if (this.model.isIsolated(instance)) return;
    const { cache, network } = this.#instance(instance);
    const before = cache.snapshot().redis;
    this.model.isolate(instance);
    network.set(how);
    await sleep(ms);
    network.set('pass');
    await until('Redis is used again', () => cache.snapshot().redis.state === 'up');
    await this.model.rejoin(instance, cache.snapshot().redis.since !== before.since);
  }

  async #empty(): Promise<void> {
    for (const family of ['things', 'others']) {
      const keys = KEYS.map(keyOf).filter((key) => key.family === family);
      await this.#redis.del(
        `${this.#prefix}:{${family}}:generation`,
        ...keys.map(({ name }) => `${this.#prefix}:{${family}}:entry:${name}`),
      );
    }
  }

  /** Whatever could not be announced is seen when its time is over. */
  async #everybodySeesEverything(): Promise<void> {
    this.model.replicate(1);
    await sleep(this.#freshMs + 20);
    for (const [number, { cache }] of this.#instances.entries()) {
      for (const key of KEYS) {
        const load = async () => String(this.model.latest(key));
        const { entry } = await cache.read(keyOf(key), load);
        const version = Number(entry.body?.toString());
        if (version !== this.model.latest(key)) {
          throw new Error(`${key} at ${number} is still ${version}, not ${this.model.latest(key)}`);
        }
      }
    }
  }

  #instance(number: number): Instance {
    const found = this.#instances[number];
    if (found === undefined) throw new Error(`there is no instance ${number}`);
    return found;
  }
}

function keyOf(key: string): { family: string; name: string } {
  const [family = '', name = ''] = key.split('/');
  return { family, name };
}

test('however loads, writes, outages of Redis and expiry interleave, nobody is given what a write has outdated', async (t) => {
  const counts: Record<string, number> = {};
  const scenario = fc.record({
    freshMs: fc.constantFrom(...FRESH_MS),
    steps: fc.array(step, { minLength: 40, maxLength: 150, size: 'max' }),
  });
  const property = fc.asyncProperty(
    fc.array(scenario, { minLength: AT_ONCE, maxLength: AT_ONCE }),
    async (scenarios) => {
      await Promise.all(
        scenarios.map(async ({ freshMs, steps }) => {
          const scenario = new Scenario(freshMs);
          await scenario.play(steps);
          for (const [source, count] of Object.entries(scenario.counts)) {
            counts[source] = (counts[source] ?? 0) + count;
          }
        }),
      );
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  for (const source of ['memory', 'redis', 'load', 'stale', 'failed']) {
    t.ok((counts[source] ?? 0) > 0, `${counts[source]} answers: ${source}`);
  }
});
