import { get } from './http.ts';

/** One line of a scrape. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Scrape = {
  readonly text: string;
  readonly samples: readonly Sample[];
  /** The sum of the samples with that name whose labels include these; undefined where there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
};

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads /metrics and takes its text format apart; throws at a line that is not of that format. */
export async function scrape(origin: string): Promise<Scrape> {
  const { text } = await get(origin, '/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = lines.map(readSample);
  return {
    text,
    samples,
    sum(name, labels = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** What /metrics says now: see `Scrape.sum`. */
export async function sum(
  origin: string,
  name: string,
  labels?: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return (await scrape(origin)).sum(name, labels);
}

function readSample(line: string): Sample {
  const [, name, labelText = '', value] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`This is no line of Prometheus' text format: ${line}`);
  const labels = [...labelText.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text]);
  return { name, labels: Object.fromEntries(labels), value: Number(value) };
}
