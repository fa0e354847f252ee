import { Journal } from '../../src/drill/load/journal.ts';
import { send } from '../../src/drill/load/requester.ts';
import type { Material } from '../../src/drill/load/route.ts';
import { routesOf } from '../../src/drill/load/routes.ts';
import { metricsOf } from '../load/metrics.ts';

const AT_ONCE = 8;
/** So many requests are sent between two looks at how full the cache is. */
const STEP = 1000;
const ANSWER_LIMIT_MS = 10_000;

/**
 * Asks for what nobody asked for before, by the load's own routes, until the cache in the server's memory has come to its
 * bound and as many entries have gone for want of room as there are: what a long soak would do to it. What fills it first
 * lies side by side; memory has all the holes that it will have once everything has been replaced.
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
  while (!(await isReplaced(origin))) {
    const until = turn + STEP;
    await Promise.all(Array.from({ length: AT_ONCE }, () => ask(until)));
  }
}

async function isReplaced(origin: string): Promise<boolean> {
  const metrics = await metricsOf(origin);
  const ofMemory = (name: string) => metrics.sum(name, 'cache="memory"');
  const evictions = ofMemory('cache_evictions_total');
  return evictions > 0 && evictions >= ofMemory('cache_entries');
}
