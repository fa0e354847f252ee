/** What a server counts, at one moment. */
export type Metrics = {
  /** The sum of the series of that name whose labels have all of these in them: `result="hit"`. */
  sum(name: string, ...labels: readonly string[]): number;
};

export async function metricsOf(origin: string): Promise<Metrics> {
  const reply = await fetch(`${origin}/metrics`);
  if (!reply.ok) throw new Error(`/metrics was answered with ${reply.status}.`);
  return metricsIn(await reply.text());
}

/** Reads Prometheus' text format. */
export function metricsIn(text: string): Metrics {
  const lines = text.split('\n');
  return {
    sum(name, ...labels) {
      const found = lines.filter(
        (line) =>
          (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) &&
          labels.every((label) => line.includes(label)),
      );
      return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}

/** How much a sum grew from one moment to the next. */
export function grown(before: Metrics, after: Metrics, name: string, ...labels: readonly string[]): number {
  return after.sum(name, ...labels) - before.sum(name, ...labels);
}
