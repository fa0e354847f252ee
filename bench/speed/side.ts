import { failuresOf, runLoad } from '../load/load.ts';
import { grown, metricsOf } from '../load/metrics.ts';
import type { LoadPlan } from '../load/plan.ts';
import type { LoadRequest } from '../load/request.ts';
import { runWrk, type WrkLoad, type WrkResult } from '../load/wrk.ts';

const CHECKS_PER_SECOND = 20;
const CHECKING_CONNECTIONS = 2;
/**
 * Until V8 is done with compiling what is run often: after 3 s of load an answer took up to twice the processor time that it
 * took after 10 s. Bare Fastify, of which there is less, is warm before that.
 */
export const WARM_UP_MS = 12_000;
/** Of all answers, so many may come otherwise than the row says: what is read anew in the background. */
const TOLERATED = 0.03;
/** How far from one statement an answer may be: some are shared, and some belong to answers that came after the end. */
const STATEMENT_TOLERATED = 0.1;
/**
 * Readers of one key share a look-up: with 50 connections and 1,000 keys at most 49 of 1,000 readers find one under way,
 * so that fewer than these mean that something else was measured.
 */
const LEAST_FOUND = 0.9;

/** One of two servers that are compared. */
export type Side = {
  readonly address: Pick<LoadPlan, 'port' | 'pid'>;
  /** What wrk asks, in the so-manieth run: writes must not be those of another run. */
  readonly load: (run: number) => Pick<WrkLoad, 'path' | 'headers' | 'script'>;
  /** What is asked beside it, all answers of which are compared. */
  readonly checks: (run: number, amount: number) => readonly LoadRequest[];
  /** Of ours: how many statements an answer takes, counted by the server; anything else is a failed measurement. */
  readonly statementsEach?: 0 | 1;
  /** Of ours: every answer comes from a look-up in Redis that found it; anything else is a failed measurement. */
  readonly fromRedis?: true;
};

export type SideResult = WrkResult & { readonly statementsEach?: number; readonly foundEach?: number };

export type Row = {
  readonly name: string;
  /** What it is held against, in words. */
  readonly ceiling: string;
  /** The least ratio. */
  readonly goal: number;
  readonly connections: number;
  readonly ours: Side;
  readonly beside: Side;
  /** The same as `beside`, with what every answer of ours promises: see bare/promised.ts. It has no part in the ratio. */
  readonly least?: Side;
  /** A further rate beside it, that has no part in the ratio. */
  readonly third?: { readonly name: string; readonly measure: (measureMs: number) => Promise<number> };
};

export type RowResult = Pick<Row, 'name' | 'ceiling' | 'goal' | 'connections'> & {
  readonly ours: readonly SideResult[];
  readonly beside: readonly SideResult[];
  readonly least: readonly SideResult[];
  readonly third?: { readonly name: string; readonly rates: readonly number[] };
};

export type SpeedEffort = { readonly rounds: number; readonly measureMs: number };

/** Measures all sides in turn, after each was warmed up. */
export async function measureRow(
  wrk: string,
  row: Row,
  { rounds, measureMs }: SpeedEffort,
  progress: (sentence: string) => void,
): Promise<RowResult> {
  const { ours, beside, least, third, ...words } = row;
  let run = 0;
  const measure = (side: Side, forMs: number) => {
    run += 1;
    return measureSide(wrk, side, row.connections, forMs, run);
  };
  for (const side of [beside, ours, least]) if (side !== undefined) await measure(side, WARM_UP_MS);
  const results = {
    ...{ ours: [] as SideResult[], beside: [] as SideResult[], least: [] as SideResult[] },
    rates: [] as number[],
  };
  for (let round = 1; round <= rounds; round += 1) {
    const ceiling = await measure(beside, measureMs);
    const own = await measure(ours, measureMs);
    results.beside.push(ceiling);
    results.ours.push(own);
    if (least !== undefined) results.least.push(await measure(least, measureMs));
    if (third !== undefined) results.rates.push(await third.measure(measureMs));
    progress(
      `${row.name}, round ${round} of ${rounds}: ${rate(own)} a second, beside it ${rate(ceiling)}; ` +
        `${micros(own)} and ${micros(ceiling)} of processor each`,
    );
  }
  const { rates, ...sides } = results;
  return { ...words, ...sides, ...(third && { third: { name: third.name, rates } }) };
}

async function measureSide(
  wrk: string,
  { address, load, checks, statementsEach, fromRedis }: Side,
  connections: number,
  measureMs: number,
  run: number,
): Promise<SideResult> {
  const amount = Math.ceil((CHECKS_PER_SECOND * measureMs) / 1000) + CHECKING_CONNECTIONS;
  const origin = `http://127.0.0.1:${address.port}`;
  const before = statementsEach === undefined ? undefined : await metricsOf(origin);
  const [result, checked] = await Promise.all([
    runWrk(wrk, { ...address, ...load(run), connections, measureMs }),
    runLoad({
      ...address,
      requests: checks(run, amount),
      connections: CHECKING_CONNECTIONS,
      ratePerSecond: CHECKS_PER_SECOND,
      warmUpMs: 0,
      measureMs,
      status: 200,
    }),
  ]);
  const wrong = failuresOf(checked);
  const failures = [...result.failures, ...(wrong === undefined ? [] : [`checked answers: ${wrong}`])];
  if (before === undefined || statementsEach === undefined) return { ...result, failures };
  const name = 'db_client_operation_duration_seconds_count';
  const after = await metricsOf(origin);
  const answers = result.answered + checked.answered;
  const statements = grown(before, after, name) / answers;
  const tolerated = statementsEach === 0 ? TOLERATED : STATEMENT_TOLERATED;
  if (!(Math.abs(statements - statementsEach) <= tolerated)) {
    failures.push(`${statements.toFixed(2)} statements an answer instead of ${statementsEach}`);
  }
  if (fromRedis === undefined) return { ...result, failures, statementsEach: statements };
  const lookUps = (result: string) =>
    grown(before, after, 'cache_requests_total', 'cache="redis"', `result="${result}"`) / answers;
  const foundEach = lookUps('hit');
  if (!(foundEach >= LEAST_FOUND)) {
    const others = ['miss', 'stale', 'bypass', 'skipped'].map((name) => `${lookUps(name).toFixed(2)} ${name}`);
    failures.push(`${foundEach.toFixed(2)} look-ups that found it in Redis an answer, not 1; ${others.join(', ')}`);
  }
  return { ...result, failures, statementsEach: statements, foundEach };
}

const rate = ({ ratePerSecond }: SideResult) => Math.round(ratePerSecond).toLocaleString('en');
const micros = ({ cpuMsEach }: SideResult) => `${(cpuMsEach * 1000).toFixed(0)} µs`;

/** What reads.lua asks for, by number from 1. */
export const articlePath = (number: number) => `/api/articles/generated-${number}`;
export const authorPath = (number: number) => `/api/articles?author=reader-${number}&limit=20`;

/** Checks that a path is answered with the very bytes that it is answered with now. */
export async function sameAsNow(
  { port }: Side['address'],
  paths: readonly string[],
  token?: string,
): Promise<LoadRequest[]> {
  const authorization = token === undefined ? {} : { authorization: `Token ${token}` };
  const requests: LoadRequest[] = [];
  for (const path of paths) {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers: authorization });
    const body = await reply.text();
    if (reply.status !== 200) throw new Error(`${path} was answered with ${reply.status}: ${body}`);
    requests.push({ method: 'GET', path, ...(token !== undefined && { token }), expected: { body } });
  }
  return requests;
}
