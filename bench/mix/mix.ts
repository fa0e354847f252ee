import { failuresOf, runLoad } from '../load/load.ts';
import { grown, type Metrics, metricsOf } from '../load/metrics.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import type { Context } from '../measurement.ts';
import { speedStage } from '../speed/stage.ts';
import { addressOf, setBenchStage, untilHealthy } from '../stage.ts';
import { findPeak } from './peak.ts';

const ARTICLES = 100_000;
const PEOPLE = 1000;
const CONNECTIONS = 1000;
const FIRST_RATE = 500;
const SHARE_OF_PEAK = 0.7;
const STEP_MS = 3000;
const WARM_UP_MS = 1000;
/** At a rate that a server holds, nearly all that was due is answered before the time is over, and nobody waits for long. */
const HELD_SHARE = 0.97;
export const HELD_P99_MS = 200;

export type MixResult = {
  readonly articles: number;
  readonly connections: number;
  /** Every rate that was tried, and whether it was held. */
  readonly steps: readonly { readonly rate: number; readonly held: boolean; readonly p99: number }[];
  readonly peak: number;
  /** At 70 % of it, round by round. */
  readonly ratePerSecond: number;
  readonly rounds: readonly LoadResult[];
  /** Of 1, during those rounds: look-ups that were answered by each tier. */
  readonly hitRatio: { readonly memory: number; readonly redis: number };
  /** Statements and transactions for each answer. */
  readonly statementsEach: number;
};

/** All sorts of reads and writes over a thousand connections: the most that is held, and latencies below that. */
export async function mix(
  { rounds, measureMs, seed }: { rounds: number; measureMs: number; seed: number },
  { cleanUp, progress }: Context,
): Promise<MixResult> {
  const bench = await setBenchStage(progress);
  cleanUp(() => bench.remove());
  const stage = await speedStage(bench, progress, ARTICLES);
  cleanUp(() => stage.stopAll());
  const server = await stage.start();
  const { articles, users } = stage.blog;
  const tokens = Array.from({ length: PEOPLE }, (_, index) => stage.tokenOf(String(index + 1)));
  let run = 0;
  const load = async (ratePerSecond: number, forMs: number): Promise<LoadResult> => {
    run += 1;
    const plan: LoadPlan = {
      ...addressOf(server),
      // Another seed each time: titles of articles must be new.
      requests: { seed: seed + run, articles, users, tokens },
      openWith: { method: 'GET', path: '/health/ping' },
      connections: CONNECTIONS,
      ratePerSecond,
      warmUpMs: WARM_UP_MS,
      measureMs: forMs,
      status: 200,
    };
    const result = await runLoad(plan);
    await untilHealthy(server);
    return result;
  };

  await load(FIRST_RATE / 2, STEP_MS);
  const steps: MixResult['steps'][number][] = [];
  const peak = await findPeak(FIRST_RATE, async (rate) => {
    const result = await load(rate, STEP_MS);
    const held =
      failuresOf(result) === undefined &&
      result.answeredInTime >= (HELD_SHARE * rate * STEP_MS) / 1000 &&
      result.latency.p99 <= HELD_P99_MS;
    steps.push({ rate, held, p99: result.latency.p99 });
    progress(`${rate} a second: ${held ? 'held' : `not held (${failuresOf(result) ?? 'too slow'})`}`);
    return held;
  });
  const ratePerSecond = Math.floor(peak * SHARE_OF_PEAK);
  const before = await metricsOf(server.origin);
  const results: LoadResult[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    results.push(await load(ratePerSecond, measureMs));
    progress(`${ratePerSecond} a second: round ${round} of ${rounds}`);
  }
  const after = await metricsOf(server.origin);
  return {
    ...{ articles, connections: CONNECTIONS, steps, peak, ratePerSecond, rounds: results },
    hitRatio: { memory: hitRatio(before, after, 'memory'), redis: hitRatio(before, after, 'redis') },
    statementsEach:
      grown(before, after, 'db_client_operation_duration_seconds_count') /
      grown(before, after, 'http_server_request_duration_seconds_count', 'http_route="/api'),
  };
}

function hitRatio(before: Metrics, after: Metrics, tier: string): number {
  const cache = `cache="${tier}"`;
  const hits = grown(before, after, 'cache_requests_total', cache, 'result="hit"');
  return hits / grown(before, after, 'cache_requests_total', cache);
}
