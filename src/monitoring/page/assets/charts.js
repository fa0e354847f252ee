import { colour, drawSample, drawStretches, filling } from './chart-drawing.js';
import { find, make, setAttribute, setChildren, setText } from './elements.js';
import { BREAKER_OPEN, COLUMNS } from './state.js';
import uPlot from './uPlot.esm.js';
import { count, milliseconds, time } from './words.js';

const SHOWN_SECONDS = 600;
const SHOWN_AT_LEAST_SECONDS = 120;
const HEIGHT = 150;
/** With reduced motion the charts stand still for so long. */
const CALM_MS = 10_000;

/** From the bottom of the pile to its top: what went wrong lies on top. */
const OUTCOMES = [
  { column: 'answered', words: 'answered', colourName: 'answered', patternName: 'plain' },
  { column: 'stale', words: 'stale', colourName: 'stale', patternName: 'slanted' },
  { column: 'clientErrors', words: 'client errors (4xx)', colourName: 'client', patternName: 'dotted' },
  { column: 'refused', words: 'refused (503)', colourName: 'refused', patternName: 'level' },
  { column: 'failed', words: 'failed (5xx)', colourName: 'failed', patternName: 'crossed' },
];
const PERCENTILES = [
  { column: 'p50', words: 'p50', colourName: 'p50', dash: [] },
  { column: 'p95', words: 'p95', colourName: 'p95', dash: [6, 3] },
  { column: 'p99', words: 'p99', colourName: 'p99', dash: [2, 2] },
];

const POWERS_OF_TEN = {
  splits: (_chart, _axis, min, max) => {
    const from = Math.round(Math.log10(min));
    return Array.from({ length: Math.round(Math.log10(max)) - from + 1 }, (_, index) => 10 ** (from + index));
  },
  filter: (_chart, splits) => splits,
};

/** Two charts over the same ten minutes, with one cursor. */
export class Charts {
  #state;
  #charts = [];
  #drawnAt = 0;
  /** Where the reader looks; undefined is now. */
  #index;

  constructor() {
    const again = () => {
      this.#destroy();
      if (this.#state !== undefined) this.show(this.#state);
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
    new ResizeObserver(() => {
      for (const { chart, plot } of this.#charts) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
    }).observe(find('dashboard'));
  }

  show(state) {
    this.#state = state;
    if (this.#charts.length === 0) this.#create();
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!isCalm || Date.now() - this.#drawnAt > CALM_MS) this.#draw();
    for (const one of this.#charts) this.#showLegend(one);
  }

  #create() {
    this.#charts = [
      this.#createOne('requests-chart', OUTCOMES, count, {
        y: { range: (_chart, _min, max) => [0, Math.max(5, (max ?? 0) * 1.15)] },
      }),
      this.#createOne('latency-chart', PERCENTILES, milliseconds, {
        y: { distr: 3, range: (_chart, min, max) => (min ? uPlot.rangeLog(min, max, 10, true) : [1, 1000]) },
      }),
    ];
  }

  #createOne(id, lines, words, scales) {
    const plot = find(id).querySelector('.plot');
    const grid = { stroke: colour('line'), width: 1 };
    const axis = { stroke: colour('soft'), font: '11px system-ui, sans-serif', grid, ticks: grid };
    const isPile = lines === OUTCOMES;
    const series = lines.map(({ colourName, patternName, dash }) => ({
      stroke: () => colour(colourName),
      width: isPile ? 1 : 2,
      points: isPile ? { show: false } : { show: true, size: 3 },
      ...(isPile && {
        fill: (chart) => filling(chart.ctx, colourName, patternName),
        paths: uPlot.paths.stepped({ align: -1 }),
      }),
      ...(dash?.length > 0 && { dash }),
    }));
    const options = {
      width: plot.clientWidth,
      height: HEIGHT,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'live' }, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, range: () => this.#shown }, ...scales },
      axes: [
        {
          ...axis,
          size: 28,
          space: 70,
          values: (_chart, splits) => clockOf(splits),
        },
        { ...axis, size: 60, values: (_chart, splits) => splits.map(words), ...(!isPile && POWERS_OF_TEN) },
      ],
      // The pile is drawn from its top: each lower area covers what is not its share.
      series: [{}, ...(isPile ? series.toReversed() : series)],
      hooks: {
        drawClear: [(chart) => this.#drawStretches(chart)],
        setCursor: [
          ({ cursor }) => {
            this.#index = cursor.left >= 0 ? (cursor.idx ?? undefined) : undefined;
            for (const one of this.#charts) this.#showLegend(one);
          },
        ],
      },
    };
    const chart = new uPlot(options, [[]], plot);
    plot.tabIndex = 0;
    plot.onkeydown = (event) => this.#move(chart, event);
    return { chart, plot, lines, words, legend: find(id).querySelector('.legend') };
  }

  /** From and to, in Unix seconds of the server. */
  get #shown() {
    const now = this.#state.now / 1000;
    const first = this.#state.seconds[0]?.[0] ?? now;
    return [Math.max(now - SHOWN_SECONDS, Math.min(first, now - SHOWN_AT_LEAST_SECONDS)), now];
  }

  #draw() {
    this.#drawnAt = Date.now();
    for (const { chart, lines } of this.#charts) chart.setData(columnsFor(this.#state.seconds, lines));
  }

  #drawStretches(chart) {
    const { seconds, silences, contact, now } = this.#state;
    const last = seconds.at(-1)?.[0];
    const silence = contact.kind === 'live' || last === undefined ? [] : [[last, now / 1000]];
    drawStretches(chart, openStretches(seconds), { words: 'breaker open', colourName: 'bad', row: 0 });
    drawStretches(chart, [...silences, ...silence], { words: 'no word', colourName: 'soft', row: 1 });
  }

  #showLegend({ chart, plot, lines, words, legend }) {
    const { seconds } = this.#state;
    const at = chart.data[0][this.#index];
    const second = seconds.findLast(([endedAt]) => at === undefined || endedAt === at) ?? [];
    setChildren(legend, 'li', lines, (item, line) => {
      if (item.children.length === 0) {
        item.append(make('canvas'), make('span', '', line.words), ' ', make('b'));
        item.firstElementChild.setAttribute('aria-hidden', 'true');
        drawSample(item.firstElementChild, line);
      }
      setText(item.lastElementChild, words(second[COLUMNS.indexOf(line.column)] ?? null));
    });
    const figures = lines.map(
      (line, index) => `${line.words} ${legend.children[index].lastElementChild.textContent}`,
    );
    setAttribute(plot, 'aria-label', `${at === undefined ? 'Now' : time(at * 1000)}: ${figures.join(', ')}`);
    setAttribute(legend, 'data-at', at === undefined ? '' : time(at * 1000));
  }

  #move(chart, { key }) {
    const last = chart.data[0].length - 1;
    const from = this.#index ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[key];
    if (key === 'Escape') chart.setCursor({ left: -10, top: -10 });
    if (to === undefined || to < 0 || to > last) return;
    chart.setCursor({ left: chart.valToPos(chart.data[0][to], 'x'), top: HEIGHT / 3 });
  }

  #destroy() {
    for (const { chart, legend } of this.#charts) {
      chart.destroy();
      legend.replaceChildren();
    }
    this.#charts = [];
  }
}

/** The seconds as uPlot wants them: a column of times, then one for each line. Where seconds are missing, so are lines. */
function columnsFor(seconds, lines) {
  const rows = seconds.flatMap((second, index) => {
    const gap = index > 0 && second[0] - seconds[index - 1][0] > 3;
    return gap ? [[seconds[index - 1][0] + 1], second] : [second];
  });
  const times = rows.map(([endedAt]) => endedAt);
  const columns = lines.map(({ column }) => rows.map((row) => row[COLUMNS.indexOf(column)] ?? null));
  return [times, ...(lines === OUTCOMES ? piled(columns) : columns)];
}

/** Hours and minutes, and seconds where several marks are in one minute. */
function clockOf(moments) {
  const isFine = moments.length > 1 && moments[1] - moments[0] < 60;
  return moments.map((at) => time(at * 1000).slice(-8, isFine ? undefined : -3));
}

/** Each column on top of those before it; the highest first. */
function piled(columns) {
  const piles = [];
  for (const [index, column] of columns.entries()) {
    piles.push(column.map((value, row) => (value === null ? null : value + (piles[index - 1]?.[row] ?? 0))));
  }
  return piles.toReversed();
}

/** Stretches in which the breaker was open, from and to. */
function openStretches(seconds) {
  const stretches = [];
  for (const second of seconds) {
    const [endedAt] = second;
    if (second[COLUMNS.indexOf('breaker')] !== BREAKER_OPEN) continue;
    const last = stretches.at(-1);
    if (last !== undefined && endedAt - last[1] < 3) last[1] = endedAt;
    else stretches.push([endedAt - 1, endedAt]);
  }
  return stretches;
}
