import type { Gathered } from '../../workers/peers.ts';
import { type PerformanceReport, SLOWEST } from './performance.ts';
import type { DurationSummary } from './rolling-durations.ts';

type Summary = Omit<DurationSummary, 'cache_hit_ratio'> & { readonly time_share: number };
type Route = PerformanceReport['routes'][number];

/**
 * The reports of several processes as one. Calls, errors and times are sums; a percentile is that of the process that is
 * worst off, and so never better than it is; ratios are weighted by calls.
 */
export function inAllProcesses(reports: Gathered<PerformanceReport>['answers']): PerformanceReport {
  const [first, ...others] = reports;
  if (others.length === 0) return first;
  const routes = byName(
    reports.flatMap((report) => report.routes),
    ({ route }) => route,
  ).map((same): Route => ({ ...same[0], ...together(same), cache_hit_ratio: hitRatio(same) }));
  const statements = byName(
    reports.flatMap((report) => report.statements),
    ({ statement }) => statement,
  ).map((same) => ({ ...same[0], ...together(same) }));
  return {
    ...first,
    routes: withShares(routes),
    statements: withShares(statements),
    slowest_statements: statements
      .toSorted((one, other) => other.p95_ms - one.p95_ms)
      .slice(0, SLOWEST)
      .map(({ statement, p95_ms }) => ({ statement, p95_ms })),
    cache: {
      memory: tier(reports.map(({ cache }) => cache.memory)),
      redis: tier(reports.map(({ cache }) => cache.redis)),
    },
  };
}

type Same<Item> = readonly [Item, ...Item[]];

function byName<Item>(items: readonly Item[], nameOf: (item: Item) => string): Same<Item>[] {
  const groups = new Map<string, Same<Item>>();
  for (const item of items) groups.set(nameOf(item), [item, ...(groups.get(nameOf(item)) ?? [])]);
  return [...groups.values()];
}

function together(same: Same<Summary>): Omit<Summary, 'time_share'> {
  const sumOf = (read: (summary: Summary) => number) => round(same.reduce((sum, one) => sum + read(one), 0));
  const worstOf = (read: (summary: Summary) => number) => Math.max(...same.map(read));
  return {
    calls: sumOf(({ calls }) => calls),
    errors: sumOf(({ errors }) => errors),
    calls_per_second: sumOf(({ calls_per_second }) => calls_per_second),
    total_ms: sumOf(({ total_ms }) => total_ms),
    p50_ms: worstOf(({ p50_ms }) => p50_ms),
    p95_ms: worstOf(({ p95_ms }) => p95_ms),
    p99_ms: worstOf(({ p99_ms }) => p99_ms),
  };
}

function hitRatio(same: Same<Route>): number | null {
  const cacheable = same.filter(({ cache_hit_ratio: ratio, calls }) => ratio !== null && calls > 0);
  const calls = cacheable.reduce((sum, one) => sum + one.calls, 0);
  if (calls === 0) return null;
  return round(cacheable.reduce((sum, one) => sum + (one.cache_hit_ratio ?? 0) * one.calls, 0) / calls);
}

/** Those that took the most time in all come first. */
function withShares<Item extends Summary>(items: readonly Item[]): Item[] {
  const total = items.reduce((sum, { total_ms }) => sum + total_ms, 0);
  return items
    .map((item) => ({ ...item, time_share: total === 0 ? 0 : round(item.total_ms / total) }))
    .sort((one, other) => other.total_ms - one.total_ms);
}

type Tier = PerformanceReport['cache']['memory'];

function tier(same: readonly Tier[]): Tier {
  const requests = same.reduce((sum, one) => sum + one.requests, 0);
  const hits = same.reduce((sum, one) => sum + one.hits, 0);
  return { requests, hits, hit_ratio: requests === 0 ? null : round(hits / requests) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
