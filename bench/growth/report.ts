import type { Comparison } from '../comparison.ts';
import { type GoalLine, ratioAtMost } from '../goals.ts';
import type { Report } from '../measurement.ts';
import { ratioBars } from '../report/ratio-bars.ts';
import type { Spread } from '../spread.ts';
import type { DepthRow } from './depth.ts';
import type { GrowthResult } from './growth.ts';

const GOAL = 1.3;

export function growthReport(result: GrowthResult): Report {
  const gets = result.reads.flatMap(({ name, http }) => (http === undefined ? [] : [{ name, against: http }]));
  const statements = result.reads.map(({ name, query }) => ({ name, against: query }));
  return {
    lines: [worstOf('GET', gets), worstOf('statement alone', statements)],
    plots: [
      ratioBars(`A whole GET, ${grouped(result.large)} articles to ${grouped(result.small)}`, gets.map(lineOf)),
      ratioBars('The statement alone', statements.map(lineOf)),
    ],
    markdown: growthTables(result),
    result,
    files: plansOf(result).map(([name, text]) => [`plans/${name}`, text] as const),
  };
}

type Grown = { readonly name: string; readonly against: Comparison };

/** The read that grows most: what holds for it holds for all. */
function worstOf(kind: string, reads: readonly Grown[]): GoalLine {
  const [worst] = [...reads].sort((one, other) => other.against.ratio.median - one.against.ratio.median);
  if (worst === undefined) throw new Error('No read was measured.');
  const line = lineOf(worst);
  return {
    ...line,
    what: `growth, ${kind}: the most of ${reads.length} reads (${line.what}), ms`,
  };
}

function lineOf({ name, against }: Grown): GoalLine {
  return { what: name, figure: ms(against.b), beside: ms(against.a), ...ratioAtMost(against.ratio, GOAL) };
}

/** The result as tables in Markdown. */
function growthTables(result: GrowthResult): string {
  const { small, large, effort } = result;
  return [
    `Time of one read in milliseconds: median of ${effort.rounds} rounds of up to ${effort.calls} calls, small and ` +
      'large in turn. The ratio is the median of the rounds, with its ends in brackets. Each call ' +
      'asks with other values (another author, another article …), and once more all with the same. Pages are those of 8 kB that ' +
      'PostgreSQL looked at.',
    '',
    table(
      [
        'read',
        `statement, ${grouped(small)}`,
        grouped(large),
        'ratio',
        'ratio, same values',
        `GET, ${grouped(small)}`,
        grouped(large),
        'ratio',
        `pages, ${grouped(small)}`,
        grouped(large),
      ],
      result.reads.map(({ name, query, again, http, plans }) => [
        name,
        ms(query.a),
        ms(query.b),
        ratio(query.ratio),
        ratio(again.ratio),
        http === undefined ? '' : ms(http.a),
        http === undefined ? '' : ms(http.b),
        http === undefined ? '' : ratio(http.ratio),
        String(plans.small.buffers),
        String(plans.large.buffers),
      ]),
    ),
    '',
    `Far down the list of ${grouped(large)}, against its first page:`,
    '',
    depthTable(result.depth.pages),
    '',
    'The feed of somebody who follows more people, against that of somebody who follows 5:',
    '',
    depthTable(result.depth.people),
  ].join('\n');
}

function depthTable(rows: readonly DepthRow[]): string {
  return table(
    ['page', 'first', 'this', 'ratio', 'pages'],
    rows.map(({ name, against, plan }) => [
      name,
      ms(against.a),
      ms(against.b),
      ratio(against.ratio),
      String(plan.buffers),
    ]),
  );
}

/** Each plan with the name of the file it belongs in. */
function plansOf({ small, large, reads, depth }: GrowthResult): [name: string, text: string][] {
  const slug = (name: string) => name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  return [
    ...reads.flatMap(({ name, plans }): [string, string][] => [
      [`${slug(name)}.${small}.txt`, plans.small.text],
      [`${slug(name)}.${large}.txt`, plans.large.text],
    ]),
    ...[...depth.pages, ...depth.people].map(({ name, plan }): [string, string] => [
      `${slug(name)}.txt`,
      plan.text,
    ]),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

const ms = ({ median }: Spread): string => median.toFixed(median < 10 ? 3 : 1);

const ratio = ({ median, min, max }: Spread): string => {
  const text = `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  return median > GOAL ? `**${text}**` : text;
};

const grouped = (amount: number): string => amount.toLocaleString('en');
