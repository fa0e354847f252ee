import fp from 'fastify-plugin';
import type { Cluster, Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { limitedAddress } from './addresses.ts';
import { setLimitHeaders, tooMany } from './rate-limits.ts';

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
};

const WINDOW_MS = 60_000;
const EXCHANGE_MS = 500;
const MOST_ADDRESSES = 20_000;

/**
 * The general limit. No request waits for Redis: each process counts in its memory and exchanges counts twice a second,
 * so that all instances together let through little more than one would. This machine itself is not limited.
 */
export const requestBudget = fp<RequestBudgetOptions>(
  async (app, { perMinute, redis, keyPrefix }) => {
    if (perMinute === 0) return;
    let window = currentWindow();
    const spendings = new LRUCache<string, Spending>({ max: MOST_ADDRESSES });

    app.addHook('onRequest', (request, reply, done) => {
      const address = limitedAddress(request);
      if (address === undefined) return done();
      if (window !== currentWindow()) {
        window = currentWindow();
        spendings.clear();
      }
      const spending = spendings.get(address) ?? { own: 0, told: 0, others: 0 };
      spendings.set(address, spending);
      spending.own += 1;
      const spent = spending.own + spending.others;
      const resetMs = (window + 1) * WINDOW_MS - Date.now();
      setLimitHeaders(reply, perMinute, perMinute - spent, resetMs);
      done(spent > perMinute ? tooMany('requests from your address', resetMs) : undefined);
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
