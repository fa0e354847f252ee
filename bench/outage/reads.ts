import type { Instance } from '../../src/drill/instance.ts';
import { readRoutes } from '../../src/drill/load/read-routes.ts';
import { send } from '../../src/drill/load/requester.ts';
import { runLoad } from '../load/load.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import type { LoadRequest } from '../load/request.ts';
import { addressOf, type BenchStage, untilHealthy } from '../stage.ts';

export type OutageEffort = {
  /** Each round measures everything that is compared once, in turn. */
  readonly rounds: number;
  readonly measureMs: number;
  /** Outages of each kind for the times of opening and recovery. */
  readonly outages: number;
};

export type Progress = (sentence: string) => void;

const RATE_PER_SECOND = 500;
const CONNECTIONS = 50;
const WARM_UP_MS = 3000;
const ANSWER_LIMIT_MS = 10_000;

/** Reads of what was seen before, in health and from the moment on at which PostgreSQL was killed. */
export type ReadsResult = {
  /** How long answers count as current; what is older is read anew in health, and is all there is in an outage. */
  readonly freshMs: number;
  readonly healthy: readonly LoadResult[];
  readonly outage: readonly LoadResult[];
};

/** Once with everything still current when PostgreSQL goes, and once with nearly everything outdated. */
export async function measureReads(
  stage: BenchStage,
  effort: OutageEffort,
  progress: Progress,
): Promise<ReadsResult[]> {
  const results: ReadsResult[] = [];
  for (const freshMs of [30_000, 1000]) {
    results.push(await measureReadsFor(freshMs, stage, effort, progress));
  }
  return results;
}

async function measureReadsFor(
  freshMs: number,
  stage: BenchStage,
  { rounds, measureMs }: OutageEffort,
  progress: Progress,
): Promise<ReadsResult> {
  const instance = await stage.start({ CACHE_FRESH_MS: String(freshMs) });
  try {
    const plan: LoadPlan = {
      ...addressOf(instance),
      requests: await seenReads(stage, instance),
      connections: CONNECTIONS,
      ratePerSecond: RATE_PER_SECOND,
      warmUpMs: WARM_UP_MS,
      measureMs,
      status: 200,
    };
    const healthy: LoadResult[] = [];
    const outage: LoadResult[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      healthy.push(await runLoad(plan));
      outage.push(await runLoad(plan, { measuring: () => stage.killPostgres() }));
      await stage.servers.postgres.start();
      await untilHealthy(instance);
      progress(`reads, current for ${freshMs} ms: round ${round} of ${rounds}`);
    }
    return { freshMs, healthy, outage };
  } finally {
    await stage.restore();
    await instance.stop();
  }
}

/** What the drill reads again and again, as nobody and as people who are logged in; each was read once when this returns. */
export async function seenReads(stage: BenchStage, { origin }: Instance): Promise<LoadRequest[]> {
  const routes = readRoutes(await stage.material(origin), 'bench').filter(({ kind }) => kind === 'seen');
  const longest = Math.max(...routes.map(({ cycle = 0 }) => cycle));
  const requests: LoadRequest[] = [];
  for (let turn = 0; turn < longest; turn += 1) {
    for (const route of routes) {
      const request = route.next(turn);
      if (request?.method !== 'GET') continue;
      const { path, token } = request;
      const { status } = await send(origin, request, ANSWER_LIMIT_MS);
      if (status !== 200) throw new Error(`${path} was answered with ${status} in health.`);
      requests.push({ method: 'GET', path, ...(token !== undefined && { token }) });
    }
  }
  return requests;
}
