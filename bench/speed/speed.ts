import { provideWrk } from '../load/wrk.ts';
import type { Context } from '../measurement.ts';
import { setBenchStage } from '../stage.ts';
import { memoryRows, redisRows } from './cached-rows.ts';
import { measureRow, type Row, type RowResult, type SpeedEffort } from './side.ts';
import { type SpeedStage, speedStage } from './stage.ts';
import { uncachedRows } from './uncached-rows.ts';
import { writeRows } from './write-rows.ts';

const PARTS: Readonly<Record<string, (stage: SpeedStage) => Promise<Row[]>>> = {
  memory: memoryRows,
  redis: redisRows,
  uncached: uncachedRows,
  writes: writeRows,
};

export const SPEED_PARTS = Object.keys(PARTS);

export type SpeedResult = {
  readonly effort: SpeedEffort;
  readonly postgres: string;
  readonly redis: string;
  readonly articles: number;
  readonly rows: readonly RowResult[];
};

/** Requests a second of the named parts, each beside what does nothing but the same. */
export async function speed(
  parts: readonly string[],
  effort: SpeedEffort,
  { cleanUp, progress }: Context,
): Promise<SpeedResult> {
  const wrk = await provideWrk(progress);
  const bench = await setBenchStage(progress);
  cleanUp(() => bench.remove());
  const stage = await speedStage(bench, progress);
  cleanUp(() => stage.stopAll());
  const rows: RowResult[] = [];
  for (const part of parts) {
    for (const row of (await PARTS[part]?.(stage)) ?? []) {
      rows.push(await measureRow(wrk, row, effort, progress));
    }
    await stage.stopAll();
  }
  const { postgres, redis } = stage.servers;
  return {
    effort,
    postgres: postgres.description,
    redis: redis.description,
    articles: stage.blog.articles,
    rows,
  };
}
