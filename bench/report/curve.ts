import { escaped, n } from '../../src/drill/report/markup.ts';
import { count } from '../spread.ts';

type Point = readonly [x: number, y: number];

export type Curve = {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
  /** A height that is not to be passed. */
  readonly level?: { readonly at: number; readonly name: string };
  /** Stretches of the width that something went on in. */
  readonly bands?: readonly Point[];
};

const HEIGHT = 220;
const LABELS = 22;
/** Lines are drawn in a square of this size that is stretched to what room there is; their strokes are not. */
const SIDE = 1000;
const STEPS = 4;

/** Lines over a width that begins at 0, as wide as the page is. */
export function curve({ title, lines, level, bands = [] }: Curve): string {
  const points = lines.flatMap((line) => line.points);
  const width = Math.max(...points.map(([x]) => x));
  const step = roundUp(Math.max(...points.map(([, y]) => y), level?.at ?? 0) / STEPS);
  const top = step * STEPS;
  const x = (value: number) => n((value / width) * SIDE);
  const y = (value: number) => n(SIDE - (value / top) * SIDE);
  const atHeight = (value: number) => n(6 + (1 - value / top) * HEIGHT);
  const grid = Array.from({ length: STEPS + 1 }, (_, index) => {
    const at = atHeight(index * step);
    return `<line class="grid" x1="0" x2="100%" y1="${at}" y2="${at}"/><text x="-6" y="${Number(at) + 4}" text-anchor="end">${count(index * step)}</text>`;
  });
  const drawn = lines.map(
    (line, index) =>
      `<polyline class="line line${index}" points="${line.points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')}"/>`,
  );
  const shaded = bands.map(
    ([from, to]) =>
      `<rect class="spell" x="${x(from)}" y="0" width="${n(((to - from) / width) * SIDE)}" height="${SIDE}"/>`,
  );
  const limit =
    level === undefined
      ? ''
      : `<line class="goal" x1="0" x2="100%" y1="${atHeight(level.at)}" y2="${atHeight(level.at)}"/>`;
  return `<figure><figcaption>${escaped(title)}</figcaption><svg class="plot curve" height="${HEIGHT + LABELS + 6}" role="img" aria-label="${escaped(title)}">
${grid.join('')}
<svg x="0" y="6" width="100%" height="${HEIGHT}" viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none">${shaded.join('')}${drawn.join('')}</svg>
${limit}
<text x="0" y="${HEIGHT + LABELS}">0</text><text x="100%" y="${HEIGHT + LABELS}" text-anchor="end">${count(width)}</text>
</svg></figure>`;
}

/** The next number of 1, 2, 5, 10, 20, 50 … */
export function roundUp(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 5, 10].find((factor) => factor * decade >= value) ?? 10) * decade;
}
