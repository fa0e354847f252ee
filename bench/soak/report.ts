import { OUTCOMES } from '../../src/drill/load/record.ts';
import { duration, OUTCOME_WORDS } from '../../src/drill/words.ts';
import type { SoakResult } from './soak.ts';

const MB = 1024 * 1024;
const HOUR_SECONDS = 3600;
const MEMORY_GOAL_BYTES = 200 * MB;

/** The result as a table in Markdown. */
export function soakTable(result: SoakResult): string {
  const { faults, written, memory, slope, latency, outcomes, quiet, death } = result;
  const most = Math.max(...memory.map(({ value }) => value));
  const isFlat = Math.abs(slope.perSecond) <= slope.uncertainty;
  const perHour = (bytesPerSecond: number) => ((bytesPerSecond * HOUR_SECONDS) / MB).toFixed(1);
  const lines: [what: string, seen: string, goal: string, met?: boolean][] = [
    [
      'requests',
      `${result.requests}, ${result.ratePerSecond} a second for ${Math.round(result.soakMs / 1000)} s`,
      '',
    ],
    ...OUTCOMES.map((outcome): [string, string, string] => [OUTCOME_WORDS[outcome], String(outcomes[outcome]), '']),
    ['p50, p99, slowest', [latency.p50, latency.p99, latency.max].map(duration).join(', '), ''],
    ['faults', `${faults.length}: ${countsOf(faults.map(({ name }) => name))}`, ''],
    [
      'acknowledged writes lost',
      `${written.lost.length} of ${written.acknowledged}`,
      '0',
      written.lost.length === 0,
    ],
    ['deaths of the process', death ?? 'none', 'none', death === undefined],
    [
      'connections in use and calls waiting in the end',
      `${quiet.connectionsUsed} and ${quiet.waiting}`,
      '0 and 0',
      quiet.connectionsUsed === 0 && quiet.waiting === 0,
    ],
    ['health in the end', quiet.health, 'healthy', quiet.health === 'healthy'],
    ['resident memory at most', `${(most / MB).toFixed(0)} MB`, '≤ 200 MB', most <= MEMORY_GOAL_BYTES],
    [
      'its slope in the second half, in MB an hour',
      `${perHour(slope.perSecond)} ± ${perHour(slope.uncertainty)}`,
      'not told apart from 0, or falling',
      isFlat || slope.perSecond < 0,
    ],
  ];
  return [
    `Seed ${result.seed}: \`npm run bench -- soak --minutes ${Math.round(result.soakMs / 60_000)} --seed ${result.seed}\``,
    '',
    '| what | seen | goal | |',
    '| --- | --: | --: | --- |',
    ...lines.map(
      ([what, seen, goal, met]) =>
        `| ${what} | ${seen} | ${goal} | ${met === undefined ? '' : met ? 'met' : '**missed**'} |`,
    ),
    '',
    `Resident memory in MB, every 5 s: ${memory.map(({ value }) => (value / MB).toFixed(0)).join(' ')}`,
  ].join('\n');
}

/** What must never happen, whatever the machine, and did; in words. */
export function brokenPromises({ written, death, wrong, quiet }: SoakResult): string[] {
  return [
    ...(death === undefined ? [] : [`The server process ${death}.`]),
    ...[...written.lost, ...written.doneThoughRefused, ...written.doubled],
    ...Object.entries(wrong).map(([what, times]) => `${times} × ${what}`),
    ...(quiet.health === 'healthy' ? [] : [`It did not come back: ${quiet.health}, ${quiet.message}`]),
  ];
}

function countsOf(names: readonly string[]): string {
  return [...new Set(names)]
    .sort()
    .map((name) => `${names.filter((each) => each === name).length} × ${name}`)
    .join(', ');
}
