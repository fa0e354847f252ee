import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import { Problem } from '../../http/problem.ts';
import type { Peers } from '../../workers/peers.ts';

/** Every series of one process, as prom-client puts it. */
export type Series = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What all workers say under this topic. The primary keeps the counters of those that have ended. */
export const SERIES = 'series';

/** Of several event loops the one that is worst off tells how long somebody waits; a mean would hide it. */
const WORST_COUNTS = /^nodejs_eventloop_lag_(?!min)/;
const KINDS_THAT_GROW = ['counter', 'histogram'];

/**
 * Shares what this process counts. Returns what asks all workers, and throws a Problem where they cannot be asked: a part
 * of the whole would look as if the counters had begun anew.
 */
export function inAllWorkers(peers: Peers, registry: Registry): () => Promise<readonly Series[]> {
  const all = peers.share(SERIES, async (): Promise<Series> => {
    const own = await registry.getMetricsAsJSON();
    return own
      .filter(({ aggregator }) => aggregator !== 'omit')
      .map((metric) => (WORST_COUNTS.test(metric.name) ? { ...metric, aggregator: 'max' } : metric));
  });
  return async () => {
    const { answers, workers } = await all();
    if (workers?.primaryAnswers !== false) return answers;
    const detail =
      'The process that starts and watches the workers does not answer, and one worker knows only its own part.';
    throw new Problem('overloaded', detail, {});
  };
}

/** Sums of all, as text; of what cannot be summed what its metric says. */
export function together(all: readonly Series[]): Promise<string> {
  return AggregatorRegistry.aggregate([...all]).metrics();
}

/**
 * What a worker that has ended leaves: its counters and histograms, so that the sums of all never go back. What it held
 * is gone with it.
 */
export async function legacy(kept: Promise<Series> | undefined, last: Series): Promise<Series> {
  const counted = last.filter(({ type }) => KINDS_THAT_GROW.includes(String(type)));
  return AggregatorRegistry.aggregate([(await kept) ?? [], counted]).getMetricsAsJSON();
}
