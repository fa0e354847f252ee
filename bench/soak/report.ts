import { OUTCOMES } from '../../src/drill/load/record.ts';
import { duration, OUTCOME_WORDS } from '../../src/drill/words.ts';
import { type GoalLine, goal, goalTable, NO_GOAL } from '../goals.ts';
import type { Report } from '../measurement.ts';
import { curve } from '../report/curve.ts';
import { count } from '../spread.ts';
import { isGrowing, type Slope } from './slope.ts';
import type { SoakResult } from './soak.ts';

const MB = 1024 * 1024;
const HOUR_SECONDS = 3600;
const MEMORY_GOAL_BYTES = 200 * MB;
/** Of the slope, an hour, to either side. */
const MOST_UNCERTAIN_MB = 60;

export function soakReport(result: SoakResult): Report {
  const lines = linesOf(result);
  return {
    lines,
    plots: [memoryCurve(result)],
    markdown: [
      `Seed ${result.seed}: \`npm run bench -- soak --minutes ${Math.round(result.soakMs / 60_000)} --rate ` +
        `${result.ratePerSecond} --seed ${result.seed}\``,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
    failures: brokenPromises(result),
  };
}

function linesOf(result: SoakResult): GoalLine[] {
  const { faults, written, memory, slope, latency, outcomes, quiet, death } = result;
  const most = Math.max(...memory.map(({ value }) => value));
  const perHour = (bytesPerSecond: number) => ((bytesPerSecond * HOUR_SECONDS) / MB).toFixed(1);
  const line = (what: string, figure: string, judged = NO_GOAL): GoalLine => ({
    what,
    figure,
    beside: '',
    ...judged,
  });
  return [
    line(
      'resident memory in the end, the cache full (median of the last tenth)',
      `${(slope.last / MB).toFixed(0)} MB`,
      goal('≤ 200 MB', slope.last <= MEMORY_GOAL_BYTES),
    ),
    line('resident memory at most, for a moment', `${(most / MB).toFixed(0)} MB`),
    line(
      'slope of resident memory, the cache full and warmed up, in MB an hour',
      `${perHour(slope.perSecond)} ± ${perHour(slope.uncertainty)}`,
      judgedSlope(slope),
    ),
    line(
      'acknowledged writes lost',
      `${written.lost.length} of ${count(written.acknowledged)}`,
      goal('0', written.lost.length === 0),
    ),
    line('deaths of the process', death ?? 'none', goal('none', death === undefined)),
    line(
      'connections in use and calls waiting in the end',
      `${quiet.connectionsUsed} and ${quiet.waiting}`,
      goal('0 and 0', quiet.connectionsUsed === 0 && quiet.waiting === 0),
    ),
    line('health in the end', quiet.health, goal('healthy', quiet.health === 'healthy')),
    line(
      'requests',
      `${count(result.requests)}, ${result.ratePerSecond} a second for ${Math.round(result.requests / result.ratePerSecond)} s`,
    ),
    ...OUTCOMES.map((outcome) => line(OUTCOME_WORDS[outcome], count(outcomes[outcome]))),
    line('p50, p99, slowest', [latency.p50, latency.p99, latency.max].map(duration).join(', ')),
    line('faults', `${faults.length}: ${countsOf(faults.map(({ name }) => name))}`),
  ];
}

/** That a slope is not told apart from 0 says something only where it could have been. */
function judgedSlope(slope: Slope) {
  const most = `not told apart from 0 within ${MOST_UNCERTAIN_MB} MB, or falling`;
  const isFalling = slope.perSecond < -slope.uncertainty;
  const isTold = isGrowing(slope) || isFalling || (slope.uncertainty * HOUR_SECONDS) / MB <= MOST_UNCERTAIN_MB;
  return isTold ? goal(most, !isGrowing(slope)) : ({ goal: most, verdict: 'not measured' } as const);
}

function memoryCurve({ memory, faults }: SoakResult): string {
  return curve({
    title: 'Resident memory, MB, over the minutes; grey while a fault lasts',
    lines: [
      { name: 'resident memory', points: memory.map(({ atSeconds, value }) => [atSeconds / 60, value / MB]) },
    ],
    level: { at: MEMORY_GOAL_BYTES / MB, name: 'goal' },
    bands: faults.map(({ atSeconds, ms }) => [atSeconds / 60, (atSeconds + ms / 1000) / 60]),
  });
}

/** What must never happen, whatever the machine, and did; in words. */
function brokenPromises({ written, death, wrong, quiet }: SoakResult): string[] {
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
