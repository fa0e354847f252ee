import { percent } from '../../src/drill/words.ts';
import { type GoalLine, goal, goalTable, NO_GOAL, unlessFailed } from '../goals.ts';
import { failuresOf } from '../load/load.ts';
import type { LoadResult } from '../load/plan.ts';
import type { Report } from '../measurement.ts';
import { latencyBars } from '../report/latency-bars.ts';
import { count, inWords, precise, spread } from '../spread.ts';
import { HELD_P99_MS, type MixResult } from './mix.ts';

const GOAL_MS = 50;

export function mixReport(result: MixResult): Report {
  const { articles, connections, peak, ratePerSecond, rounds, hitRatio, steps } = result;
  const of = (pick: (round: LoadResult) => number) => spread(rounds.map(pick));
  const [p50, p99] = [of(({ latency }) => latency.p50), of(({ latency }) => latency.p99)];
  const wrong = rounds.flatMap((each, round) => {
    const failed = failuresOf(each);
    return failed === undefined ? [] : [`round ${round + 1}: ${failed}`];
  });
  const failures = peak > 0 ? wrong : ['not even the slowest rate was held'];
  const answered = rounds.reduce((sum, each) => sum + each.answered, 0);
  const line = (what: string, figure: string, judged = NO_GOAL): GoalLine => ({
    what,
    figure,
    beside: '',
    ...judged,
  });
  const lines = [
    unlessFailed(
      line(
        `mixture, ${count(ratePerSecond)} a second (70 % of the most): p99, ms`,
        inWords(p99, precise),
        goal(`≤ ${GOAL_MS} ms`, p99.median <= GOAL_MS),
      ),
      failures,
    ),
    line(
      'mixture: what was not answered as it should be',
      `${wrong.length === 0 ? 0 : wrong.join('; ')} of ${count(answered)}`,
      goal('0', failures.length === 0),
    ),
    line('the same: p50, ms', inWords(p50, precise)),
    line(
      'the same: p99 of how late the load sent, ms',
      inWords(
        of(({ lateness }) => lateness.p99),
        precise,
      ),
    ),
    line(
      'the same: processor time of the server for each, µs',
      inWords(
        of(({ cpuMsEach = Number.NaN }) => cpuMsEach * 1000),
        precise,
      ),
    ),
    line('the most a second that is held', count(peak)),
    line('look-ups answered from memory', percent(hitRatio.memory)),
    line('look-ups in Redis that found something', percent(hitRatio.redis)),
    line('statements and transactions for each answer', precise(result.statementsEach)),
  ];
  const tried = steps.map(
    ({ rate, held, p99: slow }) => `${count(rate)} ${held ? '✓' : '✗'} (p99 ${precise(slow)} ms)`,
  );
  return {
    lines,
    plots: [
      latencyBars(`${count(ratePerSecond)} requests a second, ms`, [
        { name: 'reads and writes', p50: p50.median, p99: p99.median, goal: GOAL_MS },
      ]),
    ],
    markdown: [
      `95 % reads, 5 % writes, a fifth of the reads by people who are logged in; which of ${count(articles)} articles is ` +
        `asked for follows Zipf. ${count(connections)} connections; requests are evenly spaced and each counts from when it ` +
        'was due. The most is where still nothing is refused, 97 % of what was due is answered before the time is over, ' +
        `and the p99 is ${HELD_P99_MS} ms or less. Tried: ${tried.join(', ')}.`,
      '',
      goalTable(lines),
    ].join('\n'),
    result,
    failures,
  };
}
