import Type from 'typebox';
import type { Lookups, Tier } from '../../cache/lookups.ts';
import type { DatabaseObserver } from '../../database/plugin.ts';
import type { RequestObserver } from '../../http/request-metrics.ts';
import { databaseStatisticsSchema } from './database-statistics.ts';
import { RollingDurations } from './rolling-durations.ts';

export const SLOWEST = 10;

/** Of one process; what PostgreSQL says is of all. */
export type PerformanceReport = ReturnType<Performance['report']>;

/** Where the time of the last five minutes went, by route and by statement. */
export class Performance {
  readonly #routes = new Map<string, RollingDurations>();
  readonly #statements = new Map<string, RollingDurations>();
  readonly #lookups: () => Lookups;

  constructor(lookups: () => Lookups) {
    this.#lookups = lookups;
  }

  readonly requests: RequestObserver = {
    series: (method, route, status, cache) => {
      const durations = durationsOf(this.#routes, `${method} ${route}`);
      return (seconds) => durations.record(seconds, status >= 500, cache);
    },
  };

  readonly database: Pick<DatabaseObserver, 'statement'> = {
    statement: (name, seconds, errorType) =>
      durationsOf(this.#statements, name).record(seconds, errorType !== undefined, null),
  };

  report() {
    const statements = summaries(this.#statements);
    return {
      timestamp: new Date().toISOString(),
      window_seconds: 300,
      routes: summaries(this.#routes).map(({ name, ...summary }) => ({ route: name, ...summary })),
      statements: statements.map(({ name, cache_hit_ratio, ...summary }) => ({ statement: name, ...summary })),
      slowest_statements: statements
        .toSorted((one, other) => other.p95_ms - one.p95_ms)
        .slice(0, SLOWEST)
        .map(({ name, p95_ms }) => ({ statement: name, p95_ms })),
      cache: { memory: this.#tier('memory'), redis: this.#tier('redis') },
    };
  }

  #tier(tier: Tier) {
    const {
      hit: hits,
      miss,
      stale,
      bypass = 0,
    }: Lookups['memory'] & Partial<Lookups['redis']> = this.#lookups()[tier];
    const requests = hits + miss + stale + bypass;
    return { requests, hits, hit_ratio: requests === 0 ? null : Math.round((1000 * hits) / requests) / 1000 };
  }
}

function durationsOf(all: Map<string, RollingDurations>, name: string): RollingDurations {
  const known = all.get(name);
  if (known !== undefined) return known;
  const durations = new RollingDurations();
  all.set(name, durations);
  return durations;
}

/** Those that took the most time in all come first. */
function summaries(all: ReadonlyMap<string, RollingDurations>) {
  const listed = [...all].map(([name, durations]) => ({ name, ...durations.summary() }));
  const total = listed.reduce((sum, { total_ms }) => sum + total_ms, 0);
  return listed
    .map((summary) => ({
      ...summary,
      time_share: total === 0 ? 0 : Math.round((1000 * summary.total_ms) / total) / 1000,
    }))
    .sort((one, other) => other.total_ms - one.total_ms);
}

const durations = {
  calls: Type.Integer(),
  errors: Type.Integer(),
  calls_per_second: Type.Number(),
  total_ms: Type.Number(),
  p50_ms: Type.Number({ description: 'of several workers the one that is worst off, as the other percentiles' }),
  p95_ms: Type.Number(),
  p99_ms: Type.Number(),
  time_share: Type.Number({ description: 'of all the time spent, from 0 to 1' }),
};

const tier = Type.Object({
  requests: Type.Integer(),
  hits: Type.Integer(),
  hit_ratio: Type.Union([Type.Number(), Type.Null()], { description: 'since the start' }),
});

export const performanceReport = Type.Object({
  timestamp: Type.String({ format: 'date-time' }),
  window_seconds: Type.Integer({ description: 'what routes and statements cover at most' }),
  routes: Type.Array(
    Type.Object({
      route: Type.String(),
      ...durations,
      cache_hit_ratio: Type.Union([Type.Number(), Type.Null()], {
        description: 'of the answers that may come from the cache, stale ones included, from 0 to 1',
      }),
    }),
  ),
  statements: Type.Array(Type.Object({ statement: Type.String(), ...durations })),
  slowest_statements: Type.Array(Type.Object({ statement: Type.String(), p95_ms: Type.Number() })),
  cache: Type.Object({ memory: tier, redis: tier }),
  database: databaseStatisticsSchema,
});
