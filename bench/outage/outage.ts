import { type BenchStage, setBenchStage } from '../stage.ts';
import { type ConnectionsResult, measureConnections } from './connections.ts';
import { measureReads, type OutageEffort, type Progress, type ReadsResult } from './reads.ts';
import { measureRecovery, type RecoveryResult } from './recovery.ts';
import { measureRedis, type RedisResult } from './redis-away.ts';
import { measureRefusals, type RefusalsResult } from './refusals.ts';

export type OutageResult = {
  readonly effort: OutageEffort;
  readonly postgres: string;
  readonly redis: string;
  readonly reads?: readonly ReadsResult[];
  readonly refusals?: RefusalsResult;
  readonly redisAway?: RedisResult;
  readonly connections?: ConnectionsResult;
  readonly recovery?: RecoveryResult;
  /** Parts that were not measured, and why. */
  readonly obstacles: Readonly<Record<string, string>>;
};

type Part = (stage: BenchStage, effort: OutageEffort, progress: Progress) => Promise<Partial<OutageResult>>;

const PARTS: Readonly<Record<string, Part>> = {
  reads: async (...on) => ({ reads: await measureReads(...on) }),
  refusals: async (...on) => ({ refusals: await measureRefusals(...on) }),
  redis: async (...on) => ({ redisAway: await measureRedis(...on) }),
  connections: async (...on) => ({ connections: await measureConnections(...on) }),
  recovery: async (...on) => ({ recovery: await measureRecovery(...on) }),
};

export const OUTAGE_PARTS = Object.keys(PARTS);

/** What outages of PostgreSQL and Redis cost those who ask meanwhile: the named parts, one after the other. */
export async function outage(
  parts: readonly string[],
  effort: OutageEffort,
  cleanUp: (task: () => Promise<void>) => void,
  progress: Progress,
): Promise<OutageResult> {
  const stage = await setBenchStage(progress);
  cleanUp(() => stage.remove());
  const { postgres, redis } = stage.servers;
  const obstacles: Record<string, string> = {};
  let result: OutageResult = { effort, postgres: postgres.description, redis: redis.description, obstacles };
  for (const name of parts) {
    try {
      result = { ...result, ...(await PARTS[name]?.(stage, effort, progress)) };
    } catch (error) {
      obstacles[name] = error instanceof Error ? error.message : String(error);
      progress(`${name} was not measured: ${obstacles[name]}`);
      await stage.restore();
    }
  }
  return result;
}
