import { escaped, n } from '../../src/drill/report/markup.ts';
import { precise } from '../spread.ts';

/** In milliseconds. */
export type Percentiles = {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly goal?: number;
};

const ROW = 62;
const BAR = 14;
const BOTTOM = 22;
/** Powers of ten: a tenth of a millisecond and a second both matter. */
const DECADES = [0.1, 1, 10, 100, 1000, 10_000];

/** p50 and p99 of each as bars on a logarithmic scale, and the goal of the p99 where there is one. */
export function latencyBars(title: string, measured: readonly Percentiles[]): string {
  const rows = measured.filter(({ p99 }) => Number.isFinite(p99));
  if (rows.length === 0) return '';
  const most = Math.max(...rows.flatMap(({ p99, goal = 0 }) => [p99, goal]));
  const end = DECADES.find((decade) => decade >= most * 1.1) ?? most;
  const least = 0.1;
  const x = (ms: number) => `${n(Math.max(0.5, (96 * Math.log(ms / least)) / Math.log(end / least)))}%`;
  const height = rows.length * ROW + BOTTOM;
  const bottom = height - BOTTOM + 4;
  const grid = DECADES.filter((decade) => decade <= end).map((decade) => {
    const anchor = decade === least ? 'start' : 'middle';
    return `<line class="grid" x1="${x(decade)}" x2="${x(decade)}" y1="0" y2="${bottom}"/><text x="${x(decade)}" y="${bottom + 13}" text-anchor="${anchor}">${decade}</text>`;
  });
  const drawn = rows.map(({ name, p50, p99, goal }, index) => {
    const top = index * ROW + 18;
    const bar = (label: 'p50' | 'p99', ms: number, y: number) =>
      `<rect class="bar ${label}" x="0" y="${y}" width="${x(ms)}" height="${BAR}" rx="2"/>`;
    const line =
      goal === undefined
        ? ''
        : `<line class="goal" x1="${x(goal)}" x2="${x(goal)}" y1="${top + BAR}" y2="${top + 2 * BAR + 5}"/>`;
    return `<text x="0" y="${top - 5}"><tspan class="value">p50 ${precise(p50)}, p99 ${precise(p99)}</tspan> ${escaped(name)}</text>${bar('p50', p50, top)}${bar('p99', p99, top + BAR + 2)}${line}`;
  });
  return `<figure><figcaption>${escaped(title)}</figcaption><svg class="plot" height="${height}" role="img" aria-label="${escaped(title)}">${grid.join('')}${drawn.join('')}</svg></figure>`;
}
