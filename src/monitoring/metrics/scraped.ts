import { Counter, Gauge, type Registry } from 'prom-client';

/** A value and the labels it has; undefined where nobody knows it, and then there is no series of it. */
export type Reading = readonly [value: number | boolean | undefined, labels?: Readonly<Record<string, string>>];

export type ScrapedMetric = {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Looked at in each scrape. What it does not name any more is gone. */
  readonly read: () => readonly Reading[];
};

/** A gauge for what somebody else knows at the moment of a scrape. */
export function scrapedGauge(registers: Registry[], metric: ScrapedMetric): void {
  const { name, help, labels = [] } = metric;
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers,
    collect() {
      readAnew(this, metric, (own, value) => this.set(own, value));
    },
  });
}

/** The same for what only grows as long as the process lives. */
export function scrapedCounter(registers: Registry[], metric: ScrapedMetric): void {
  const { name, help, labels = [] } = metric;
  new Counter({
    name,
    help,
    labelNames: labels,
    registers,
    collect() {
      readAnew(this, metric, (own, value) => this.inc(own, value));
    },
  });
}

function readAnew(
  series: Gauge | Counter,
  { labels = [], read }: ScrapedMetric,
  put: (labels: Readonly<Record<string, string>>, value: number) => void,
): void {
  series.reset();
  // Resetting leaves a series without labels at 0, which nobody may have said.
  if (labels.length === 0) series.remove();
  for (const [value, own = {}] of read()) if (value !== undefined) put(own, Number(value));
}

/** One series for each state: 1 for the one that is, 0 for the others. */
export function oneOf<State extends string>(
  states: readonly State[],
  current: State | undefined,
  labels: Readonly<Record<string, string>> = {},
): Reading[] {
  return states.map((state) => [state === current, { ...labels, state }]);
}

/** A moment as Prometheus counts it. */
export function timestamp(moment: Date | undefined): number | undefined {
  return moment === undefined ? undefined : moment.getTime() / 1000;
}
