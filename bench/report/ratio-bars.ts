import { escaped, n } from '../../src/drill/report/markup.ts';
import type { GoalLine } from '../goals.ts';
import { type Spread, times } from '../spread.ts';

const ROW = 46;
const BAR_TOP = 20;
const BAR = 14;
const BOTTOM = 22;
/** The longest bar there is room for; a longer one is cut off. */
const MOST = 4;

/**
 * The lines whose goal is a ratio: a bar for the median, a whisker from end to end, a line at 1, where what it is held
 * against stands, and a mark at the goal. Positions are shares of the width, so that text stays as large as it is on
 * a telephone.
 */
export function ratioBars(title: string, lines: readonly GoalLine[]): string {
  const drawn = lines.filter(
    (line): line is GoalLine & { ratio: Spread; goalRatio: number } =>
      line.goalRatio !== undefined && line.verdict !== 'not measured' && Number.isFinite(line.ratio?.median),
  );
  if (drawn.length === 0) return '';
  const longest = Math.max(...drawn.flatMap(({ ratio, goalRatio }) => [ratio.max, goalRatio, 1]));
  const scale = 97 / Math.min(MOST, longest);
  const x = (ratio: number) => `${n(Math.max(0, Math.min(99, ratio * scale)))}%`;
  const height = drawn.length * ROW + BOTTOM;
  const rows = drawn.map(({ what, ratio, goalRatio, verdict }, index) => {
    const top = index * ROW + BAR_TOP;
    const middle = top + BAR / 2;
    return `<text x="0" y="${top - 6}"><tspan class="value">${times(ratio.median)}</tspan> ${escaped(what)}</text>
<rect class="bar ${verdict}" x="0" y="${top}" width="${x(ratio.median)}" height="${BAR}" rx="2"/>
<line class="whisker" x1="${x(ratio.min)}" x2="${x(ratio.max)}" y1="${middle}" y2="${middle}"/>
<line class="goal" x1="${x(goalRatio)}" x2="${x(goalRatio)}" y1="${top - 3}" y2="${top + BAR + 3}"/>`;
  });
  const bottom = height - BOTTOM + 4;
  return `<figure><figcaption>${escaped(title)}</figcaption><svg class="plot" height="${height}" role="img" aria-label="${escaped(title)}">
<line class="grid" x1="${x(1)}" x2="${x(1)}" y1="0" y2="${bottom}"/>
${rows.join('\n')}
<text x="${x(1)}" y="${bottom + 13}" text-anchor="middle">1</text>
<text x="0" y="${bottom + 13}">0</text>
</svg><p class="key"><i class="met"></i>met <i class="missed"></i>missed <i class="goal"></i>goal <i class="whisker"></i>from the least to the most of the rounds</p></figure>`;
}
