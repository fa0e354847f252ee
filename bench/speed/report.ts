import { type GoalLine, goalTable, NO_GOAL, ratioAtLeast, unlessFailed } from '../goals.ts';
import { generatorNote, isGeneratorBusy } from '../load/wrk.ts';
import type { Report } from '../measurement.ts';
import { ratioBars } from '../report/ratio-bars.ts';
import { count, inWords, precise, ratios, spread } from '../spread.ts';
import { type RowResult, type SideResult, WARM_UP_MS } from './side.ts';
import type { SpeedResult } from './speed.ts';

type Pick = (result: SideResult) => number;

const RATE: Pick = ({ ratePerSecond }) => ratePerSecond;
const CPU_MICROS: Pick = ({ cpuMsEach }) => cpuMsEach * 1000;
const P99: Pick = ({ p99 }) => p99;

export function speedReport(result: SpeedResult): Report {
  const { rows, effort, articles } = result;
  const lines = rows.flatMap(linesOf);
  const notes = rows.flatMap(({ name, ours, beside }) => [
    ...generatorNote(name, ours),
    ...generatorNote(`what ${name} is held against`, beside).map(
      (note) => `${note} It could do more, so that the goal is held against processor time.`,
    ),
  ]);
  const failures = rows.flatMap(failuresOf);
  return {
    lines,
    plots: [ratioBars('Requests a second, to what does nothing but the same', lines)],
    markdown: [
      `Requests a second, both sides in turn after ${WARM_UP_MS / 1000} s of warming up each: medians of ${effort.rounds} ` +
        `rounds of ${effort.measureMs / 1000} s, the ends in brackets. A generated blog of ${count(articles)} articles, in a ` +
        `PostgreSQL that does not wait for its disk. The load is wrk, one thread: ` +
        `${rows
          .map(({ connections }) => connections)
          .filter(isFirst)
          .join(' or ')} connections. Beside it ` +
        'another process asks 20 times a second and compares status and bodies; what is not 2xx makes a measurement a ' +
        'failed one. Ready-made bodies are ASCII, as many bytes as ours. Processor time is that of the server for one ' +
        'answer, its ratio the other way round, so that 1 is as good as the ceiling: it stays when others use the machine. ' +
        'The least that keeps what an answer promises is the ceiling with its headers, an id, one histogram, a line in the log ' +
        'where one is written, of a write one command that Redis has answered, and nothing else: neither cache nor breaker.',
      '',
      goalTable(lines),
      ...notes.map((note) => `\n${note}`),
    ].join('\n'),
    result,
    failures,
  };
}

function linesOf(row: RowResult): GoalLine[] {
  const { name, ceiling, goal, ours, beside, least, third } = row;
  const compared = (pick: Pick, format: (value: number) => string, against = '') => ({
    figure: inWords(spread(ours.map(pick)), format),
    beside: `${inWords(spread(beside.map(pick)), format)}${against}`,
  });
  const rates = beside.map(RATE);
  const byRate = ratios(ours.map(RATE), rates);
  const byTime = ratios(beside.map(CPU_MICROS), ours.map(CPU_MICROS));
  const judgedByTime = isGeneratorBusy(beside);
  const lines: GoalLine[] = [
    {
      ...{ what: `${name}, a second`, ...compared(RATE, count, `; ${ceiling}`) },
      ...(judgedByTime ? { ratio: byRate, ...NO_GOAL } : ratioAtLeast(byRate, goal)),
    },
    judgedByTime
      ? {
          ...{ what: `${name}: processor time, µs (wrk set the pace of the ceiling)` },
          ...{ ...compared(CPU_MICROS, precise), ...ratioAtLeast(byTime, goal) },
        }
      : {
          ...{ what: 'the same: processor time, µs', ...compared(CPU_MICROS, precise) },
          ...{ ratio: byTime, ...NO_GOAL },
        },
    { what: 'the same: p99, ms', ...compared(P99, precise), ...NO_GOAL },
    ...(least.length === 0
      ? []
      : [
          {
            what: 'the least that keeps what an answer promises, a second',
            figure: inWords(spread(least.map(RATE)), count),
            beside: `${inWords(spread(rates), count)}; the same ceiling`,
            ratio: ratios(least.map(RATE), rates),
            ...NO_GOAL,
          },
          {
            what: 'the same: processor time, µs',
            figure: inWords(spread(least.map(CPU_MICROS)), precise),
            beside: inWords(spread(beside.map(CPU_MICROS)), precise),
            ratio: ratios(beside.map(CPU_MICROS), least.map(CPU_MICROS)),
            ...NO_GOAL,
          },
        ]),
    ...(third === undefined
      ? []
      : [
          {
            what: `the same statement: ${third.name}, a second`,
            figure: inWords(spread(third.rates), count),
            beside: `${inWords(spread(rates), count)}; (c)`,
            ratio: ratios(third.rates, rates),
            ...NO_GOAL,
          },
        ]),
  ];
  const failures = failuresOf(row);
  return lines.map((line) => unlessFailed(line, failures));
}

function failuresOf({ name, ceiling, ours, beside, least }: RowResult): string[] {
  const ofSide = (side: string, results: readonly SideResult[]) =>
    results.flatMap(({ failures }, round) => failures.map((each) => `${side}, round ${round + 1}: ${each}`));
  return [...ofSide(name, ours), ...ofSide(`${name}: ${ceiling}`, beside), ...ofSide(`${name}: the least`, least)];
}

const isFirst = <Value>(value: Value, index: number, all: readonly Value[]) => all.indexOf(value) === index;
