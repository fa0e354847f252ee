import type { Person } from '../../src/drill/load/route.ts';
import { startBare } from '../bare/bare-server.ts';
import { runLoad } from '../load/load.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import type { LoadRequest } from '../load/request.ts';
import { addressOf, type BenchStage, untilOpen } from '../stage.ts';
import type { OutageEffort, Progress } from './reads.ts';

const RATE_PER_SECOND = 3000;
const CONNECTIONS = 1000;
const WARM_UP_MS = 3000;
/** Of the connections that ask as fast as they are answered. */
const CLOSED_LOOP_CONNECTIONS = 50;
/** Bare Fastify adds these itself. */
const ITS_OWN_HEADERS = ['date', 'connection', 'keep-alive', 'content-length'];

type Both = { readonly steadfast: LoadResult[]; readonly bare: LoadResult[] };

/** Refusals with the breaker open, and bare Fastify sending the same bytes under the same load. */
export type RefusalsResult = {
  readonly ratePerSecond: number;
  readonly connections: number;
  readonly constant: Readonly<Both>;
  /** As many a second as each can: the next request of a connection when its last one is answered. */
  readonly most: Readonly<Both>;
};

export async function measureRefusals(
  stage: BenchStage,
  { rounds, measureMs }: OutageEffort,
  progress: Progress,
): Promise<RefusalsResult> {
  const instance = await stage.start();
  try {
    const { people } = await stage.material(instance.origin);
    await stage.killPostgres();
    await untilOpen(instance);
    const bare = await startBare(await refusalOf(instance.origin));
    try {
      const common = {
        requests: refused(people, Math.ceil((RATE_PER_SECOND * (WARM_UP_MS + measureMs)) / 1000) + CONNECTIONS),
        ...{ warmUpMs: WARM_UP_MS, measureMs, status: 503 },
      };
      const constant = { ...common, ratePerSecond: RATE_PER_SECOND, connections: CONNECTIONS };
      const most = { ...common, connections: CLOSED_LOOP_CONNECTIONS };
      const both = async (plan: Omit<LoadPlan, 'port'>, into: Both) => {
        into.steadfast.push(await runLoad({ ...plan, ...addressOf(instance) }));
        into.bare.push(await runLoad({ ...plan, ...bare.address }));
      };
      const atConstantRate: Both = { steadfast: [], bare: [] };
      const atMost: Both = { steadfast: [], bare: [] };
      for (let round = 1; round <= rounds; round += 1) {
        // This one first: it makes both warm.
        await both(most, atMost);
        await both(constant, atConstantRate);
        progress(`refusals: round ${round} of ${rounds}`);
      }
      return { ratePerSecond: RATE_PER_SECOND, connections: CONNECTIONS, constant: atConstantRate, most: atMost };
    } finally {
      bare.stop();
    }
  } finally {
    await stage.restore();
    await instance.stop();
  }
}

/** Reads of what nobody read before, and writes, in turn. */
function refused(people: readonly Person[], amount: number): LoadRequest[] {
  return Array.from({ length: amount }, (_, index): LoadRequest => {
    const person = people[index % people.length];
    return index % 2 === 0 || person === undefined
      ? { method: 'GET', path: `/api/profiles/never-${index}` }
      : { method: 'POST', path: `/api/profiles/never-${index}/follow`, token: person.token };
  });
}

/** One refusal as Steadfast sends it. */
async function refusalOf(origin: string) {
  const reply = await fetch(`${origin}/api/profiles/never`);
  const body = await reply.text();
  if (reply.status !== 503) throw new Error(`A read of the unknown was not refused, but answered: ${reply.status}`);
  const headers = Object.fromEntries([...reply.headers].filter(([name]) => !ITS_OWN_HEADERS.includes(name)));
  return { serves: 'text', status: reply.status, headers, body } as const;
}
