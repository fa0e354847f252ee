import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { CacheOutcome } from '../../http/request-metrics.ts';

type Slice = {
  readonly startedAt: number;
  readonly durations: RecordableHistogram;
  errors: number;
  /** Answers that may come from the cache, and those that did. */
  cacheable: number;
  cached: number;
};

export type DurationSummary = {
  readonly calls: number;
  readonly errors: number;
  readonly calls_per_second: number;
  readonly total_ms: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  /** Null where nothing could come from the cache. */
  readonly cache_hit_ratio: number | null;
};

const SLICE_MS = 60_000;
const SLICES = 5;
/** Microseconds, to within one percent, up to ten minutes: 33 kB each; Node's own default takes 350 kB. */
const PRECISION = { figures: 2, highest: 600_000_000 };

/** Durations of the last five minutes, in slices of one, as HDR histograms of microseconds. */
export class RollingDurations {
  #slices: Slice[] = [];

  record(seconds: number, failed: boolean, cache: CacheOutcome | null): void {
    const slice = this.#current();
    slice.durations.record(Math.min(Math.max(1, Math.round(seconds * 1e6)), PRECISION.highest));
    if (failed) slice.errors += 1;
    if (cache === null) return;
    slice.cacheable += 1;
    if (cache !== 'miss') slice.cached += 1;
  }

  summary(): DurationSummary {
    this.#forgetOld();
    const all = createHistogram(PRECISION);
    for (const { durations } of this.#slices) all.add(durations);
    const startedAt = this.#slices[0]?.startedAt ?? Date.now();
    const spanSeconds = Math.max(1, (Date.now() - startedAt) / 1000);
    const cacheable = this.#slices.reduce((sum, slice) => sum + slice.cacheable, 0);
    const cached = this.#slices.reduce((sum, slice) => sum + slice.cached, 0);
    const percentile = (percentage: number) => (all.count === 0 ? 0 : round(all.percentile(percentage) / 1000));
    return {
      calls: all.count,
      errors: this.#slices.reduce((sum, { errors }) => sum + errors, 0),
      calls_per_second: round(all.count / spanSeconds),
      total_ms: all.count === 0 ? 0 : round((all.mean * all.count) / 1000),
      p50_ms: percentile(50),
      p95_ms: percentile(95),
      p99_ms: percentile(99),
      cache_hit_ratio: cacheable === 0 ? null : round(cached / cacheable),
    };
  }

  #current(): Slice {
    const last = this.#slices.at(-1);
    const now = Date.now();
    if (last !== undefined && now - last.startedAt < SLICE_MS) return last;
    const slice = { startedAt: now, durations: createHistogram(PRECISION), errors: 0, cacheable: 0, cached: 0 };
    this.#slices.push(slice);
    this.#forgetOld();
    return slice;
  }

  #forgetOld(): void {
    const oldest = Date.now() - SLICES * SLICE_MS;
    while (this.#slices[0] !== undefined && this.#slices[0].startedAt < oldest) this.#slices.shift();
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
