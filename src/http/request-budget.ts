import type { IncomingMessage } from 'node:http';
import fp from 'fastify-plugin';
import type { Cluster, Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { LimitedAddress } from './addresses.ts';
import type { Spent } from './rate-limits.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a request of its address, once. Undefined where nothing is limited. */
    readonly spendRequest: (request: IncomingMessage) => Spent | undefined;
  }
}

type Spending = {
  /** Requests this process has counted in the window, and how many of them Redis knows of. */
  own: number;
  told: number;
  /** What the other instances counted, as Redis said last. */
  others: number;
};

export type RequestBudgetOptions = {
  /** Requests an address may make a minute; 0 is no limit. */
  readonly perMinute: number;
  /** Redis, or undefined while it is away: then each process counts for itself. */
  readonly redis: () => Redis | Cluster | undefined;
  readonly keyPrefix: string;
  readonly limitedAddress: LimitedAddress;
};

const WINDOW_MS = 60_000;
const EXCHANGE_MS = 500;
const MOST_ADDRESSES = 20_000;

/**
 * Counts for the general limit. No request waits for Redis: each process counts in its memory and exchanges counts twice
 * a second, so that all instances together let through little more than one would. This machine itself is not limited.
 */
export const requestBudget = fp<RequestBudgetOptions>(
  async (app, { perMinute, redis, keyPrefix, limitedAddress }) => {
    if (perMinute === 0) {
      app.decorate('spendRequest', () => undefined);
      return;
    }
    let window = currentWindow();
    const spendings = new LRUCache<string, Spending>({ max: MOST_ADDRESSES });

    app.decorate('spendRequest', (request) => {
      const address = limitedAddress(request);
      if (address === undefined) return undefined;
      if (window !== currentWindow()) {
        window = currentWindow();
        spendings.clear();
      }
      const spending = spendings.get(address) ?? { own: 0, told: 0, others: 0 };
      spendings.set(address, spending);
      // Beyond the first, those that are too many change nothing; one may be seen here twice.
      if (spending.own + spending.others <= perMinute) spending.own += 1;
      return {
        limit: perMinute,
        remaining: perMinute - spending.own - spending.others,
        resetMs: (window + 1) * WINDOW_MS - Date.now(),
      };
    });

    const timer = setInterval(() => {
      const client = redis();
      if (client === undefined || window !== currentWindow()) return;
      for (const [address, spending] of spendings) {
        if (spending.own > spending.told) {
          void exchange(client, `${keyPrefix}:budget:${window}:${address}`, spending);
        }
      }
    }, EXCHANGE_MS);
    app.addHook('onClose', async () => clearInterval(timer));
  },
  { name: 'request-budget' },
);

async function exchange(client: Redis | Cluster, key: string, spending: Spending): Promise<void> {
  const news = spending.own - spending.told;
  spending.told += news;
  try {
    const [total] = await Promise.all([client.incrby(key, news), client.pexpire(key, 2 * WINDOW_MS)]);
    spending.others = Math.max(0, total - spending.told);
  } catch {
    spending.told -= news; // Said again at the next turn.
  }
}

function currentWindow(): number {
  return Math.floor(Date.now() / WINDOW_MS);
}
