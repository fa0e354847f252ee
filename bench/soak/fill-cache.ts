import { Journal } from '../../src/drill/load/journal.ts';
import { send } from '../../src/drill/load/requester.ts';
import { type Material, routesOf } from '../../src/drill/load/routes.ts';
import { metricsOf } from '../load/metrics.ts';

const AT_ONCE = 8;
/** So many requests are sent between two looks at how full the cache is. */
const STEP = 1000;
const FULL = 0.99;
const ANSWER_LIMIT_MS = 10_000;

/**
 * Asks for what nobody asked for before until the cache in the server's memory has come to its bound, by the load's own
 * routes: what is kept for them is what a long soak would fill the cache with.
 */
export async function fillCache(origin: string, material: Material): Promise<void> {
  const routes = routesOf(material, new Journal(), 'fill').filter(({ kind }) => kind === 'unseen');
  let turn = 0;
  const ask = async (until: number) => {
    while (turn < until) {
      const now = turn++;
      const request = routes[now % routes.length]?.next(Math.floor(now / routes.length));
      if (request !== undefined) await send(origin, request, ANSWER_LIMIT_MS);
    }
  };
  while (!(await isFull(origin))) {
    const until = turn + STEP;
    await Promise.all(Array.from({ length: AT_ONCE }, () => ask(until)));
  }
}

async function isFull(origin: string): Promise<boolean> {
  const metrics = await metricsOf(origin);
  const ofMemory = (name: string) => metrics.sum(name, 'cache="memory"');
  return ofMemory('cache_size_bytes') >= FULL * ofMemory('cache_max_size_bytes');
}
