import { OUTCOMES, type RequestRecord, type RouteKind, type Sighting } from '../load/record.ts';
import type { Evidence } from '../run.ts';
import { escaped, n } from './markup.ts';

const WIDTH = 1000;
const LEFT = 128;
const RIGHT = 12;
const TOP = 30;
const LANE_HEIGHT = 58;
const LANE_GAP = 14;
const LATENCY_HEIGHT = 150;
const STRIP_HEIGHT = 18;
/** Bars are as wide as their number allows. */
const MOST_BARS = 60;

/** The lanes of requests, in order, and what stands beside them. */
const LANES: readonly (readonly [RouteKind, title: string, explained: string])[] = [
  ['seen', 'Reads', 'read before'],
  ['unseen', 'Reads', 'never read before'],
  ['write', 'Writes', 'of every sort'],
];

/** What the strips say, and in which colour. */
const STRIP_COLOURS: Readonly<Record<string, string>> = {
  closed: 'answered',
  open: 'refused',
  healthy: 'answered',
  degraded: 'refused',
  critical: 'failed',
  silent: 'hung',
};

type Scale = (moment: number) => number;

/** The run drawn along time: requests by outcome, how long each took, and what the servers said of themselves. */
export function timeline({ records, sightings, times, fault }: Evidence): string {
  const from = times.measuredFrom;
  const to = times.stoppedAt;
  const x: Scale = (moment) => LEFT + ((moment - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const measured = records.filter(({ at }) => at >= from && at < to);
  const bucketMs = [250, 500, 1000, 2000].find((ms) => (to - from) / ms <= MOST_BARS) ?? 5000;
  const parts: string[] = [];
  let y = TOP;
  for (const [kind, title, explained] of LANES) {
    parts.push(
      caption(title, explained, y + 20),
      lane(
        measured.filter((record) => record.kind === kind),
        y,
        from,
        bucketMs,
        x,
      ),
    );
    y += LANE_HEIGHT + LANE_GAP;
  }
  parts.push(caption('Latency', 'a dot each', y + 20), latencies(measured, y, x));
  y += LATENCY_HEIGHT + LANE_GAP + 4;
  for (let instance = 0; instance < fault.instances; instance += 1) {
    const own = sightings.filter((sighting) => sighting.instance === instance && sighting.at >= from);
    const which = fault.instances > 1 ? ` ${instance + 1}` : '';
    for (const [title, wordOf] of [
      [`Breaker${which}`, ({ breaker }: Sighting) => breaker ?? 'silent'],
      [`Health${which}`, ({ health }: Sighting) => health],
    ] as const) {
      parts.push(caption(title, '', y + 13), strip(own, wordOf, y, to, x));
      y += STRIP_HEIGHT + 6;
    }
  }
  const bottom = y + 4;
  const height = bottom + 22;
  return `<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(
    `${fault.name}: requests, latency, breaker and health along time`,
  )}">${faultBand(times, fault.name, x, bottom)}${parts.join('')}${seconds(from, to, times.beganAt, x, bottom)}</svg></div>`;
}

function caption(title: string, explained: string, y: number): string {
  const below = explained === '' ? '' : `<text x="0" y="${y + 15}">${escaped(explained)}</text>`;
  return `<text class="title" x="0" y="${y}">${escaped(title)}</text>${below}`;
}

/** Stacked bars: how many requests of each piece of time came to which end. */
function lane(records: readonly RequestRecord[], y: number, from: number, bucketMs: number, x: Scale): string {
  const buckets = new Map<number, RequestRecord[]>();
  for (const record of records) {
    const bucket = Math.floor((record.at - from) / bucketMs);
    const known = buckets.get(bucket);
    if (known === undefined) buckets.set(bucket, [record]);
    else known.push(record);
  }
  const most = Math.max(1, ...[...buckets.values()].map(({ length }) => length));
  const bars = [...buckets].map(([bucket, inside]) => {
    const left = x(from + bucket * bucketMs);
    const width = Math.min(x(from + (bucket + 1) * bucketMs), WIDTH - RIGHT) - left - 0.8;
    let top = y + LANE_HEIGHT;
    return OUTCOMES.map((outcome) => {
      const count = inside.filter((record) => record.outcome === outcome).length;
      if (count === 0) return '';
      const height = (count / most) * LANE_HEIGHT;
      top -= height;
      return `<rect class="fill ${outcome}" x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}"/>`;
    }).join('');
  });
  const base = y + LANE_HEIGHT + 0.5;
  return `${bars.join('')}<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}"/>`;
}

/** Every request as a dot at the moment it was due; logarithmic, because a millisecond and a second both matter. */
function latencies(records: readonly RequestRecord[], y: number, x: Scale): string {
  const decades = [1, 10, 100, 1000, 10_000];
  const yOf = (ms: number) => y + LATENCY_HEIGHT - (Math.log10(Math.max(1, ms)) / 4) * LATENCY_HEIGHT;
  const grid = decades.map((ms) => {
    const line = n(yOf(ms));
    const label = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${line}" y2="${line}"/><text x="${LEFT - 6}" y="${n(yOf(ms) + 4)}" text-anchor="end">${label}</text>`;
  });
  const dots = OUTCOMES.map((outcome) => {
    const points = records
      .filter((record) => record.outcome === outcome)
      .map(({ at, ms }) => `M${n(x(at))} ${n(yOf(ms))}h0`);
    return points.length === 0 ? '' : `<path class="dots ${outcome}" d="${points.join('')}"/>`;
  });
  return grid.join('') + dots.join('');
}

/** One colour for as long as the same was said, with the word where there is room for it. */
function strip(
  sightings: readonly Sighting[],
  wordOf: (sighting: Sighting) => string,
  y: number,
  to: number,
  x: Scale,
): string {
  const spells: { word: string; from: number; to: number }[] = [];
  for (const sighting of sightings) {
    const word = wordOf(sighting);
    const last = spells.at(-1);
    if (last !== undefined) last.to = Math.min(to, sighting.at);
    if (last?.word !== word && sighting.at < to) spells.push({ word, from: sighting.at, to });
  }
  return spells
    .map(({ word, from, to: end }) => {
      const width = x(end) - x(from);
      const label =
        width > word.length * 7 + 8
          ? `<text class="inside" x="${n(x(from) + 6)}" y="${y + 13}">${escaped(word)}</text>`
          : '';
      return `<rect class="fill ${STRIP_COLOURS[word] ?? 'hung'}" x="${n(x(from))}" y="${y}" width="${n(width)}" height="${STRIP_HEIGHT}"/>${label}`;
    })
    .join('');
}

function faultBand({ beganAt, endedAt }: Evidence['times'], name: string, x: Scale, bottom: number): string {
  const from = x(beganAt);
  const width = Math.max(2, x(endedAt) - from);
  const edges = [from, from + width].map(
    (at) => `<line class="edge" x1="${n(at)}" x2="${n(at)}" y1="${TOP - 8}" y2="${bottom}"/>`,
  );
  return `<rect class="band" x="${n(from)}" y="${TOP - 8}" width="${n(width)}" height="${bottom - TOP + 8}"/>${edges.join('')}<text class="bandname" x="${n(from + 5)}" y="${TOP - 14}">${escaped(name)}</text>`;
}

/** Seconds, counted from the fault's beginning. */
function seconds(from: number, to: number, beganAt: number, x: Scale, bottom: number): string {
  const step = to - from > 20_000 ? 5 : 2;
  const first = Math.ceil((from - beganAt) / 1000 / step) * step;
  const marks: string[] = [];
  for (let second = first; beganAt + second * 1000 < to - 400; second += step) {
    const at = n(x(beganAt + second * 1000));
    const label = second === 0 ? '0 s' : `${second > 0 ? '+' : '−'}${Math.abs(second)} s`;
    marks.push(`<text x="${at}" y="${bottom + 15}" text-anchor="middle">${label}</text>`);
  }
  return marks.join('');
}
