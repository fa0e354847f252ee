import { type GoalLine, goal, goalTable, NO_GOAL, unlessFailed } from './goals.ts';
import { failuresOf, runLoad } from './load/load.ts';
import type { LoadPlan } from './load/plan.ts';
import { cpuTimeMs } from './load/process-usage.ts';
import type { BenchOptions, Context, Report } from './measurement.ts';
import { count, inWords, precise, ratios, type Spread, spread } from './spread.ts';
import { addressOf, setBenchStage } from './stage.ts';

export type ScrapeCost = {
  /** Requests a second, round by round. */
  readonly without: Spread;
  readonly scraped: Spread;
  /** With a scrape each second to without, round by round. */
  readonly ratio: Spread;
  /** Of one scrape, in milliseconds: processor time of the server, and until the answer was there. */
  readonly cpuMs: number;
  readonly answerMs: number;
  readonly series: number;
  readonly bytes: number;
  readonly failures: readonly string[];
};

const READS = [
  '/api/articles',
  '/api/articles?limit=5',
  '/api/articles/the-pager-is-a-promise',
  '/api/tags',
  '/api/profiles/yusuf',
];
const CONNECTIONS = 16;
const WARM_UP_MS = 2000;
const EVERY_MS = 1000;
/** A processor's time is counted in hundredths of a second: one scrape is too short for that. */
const ALONE = 300;
/** Per cent of one processor. */
const SHARE_GOAL = 1;

/** What a scrape each second costs a server that answers as much as it can, all of it from its memory. */
export async function scrapeCost(
  { rounds, measureMs }: Pick<BenchOptions, 'rounds' | 'measureMs'>,
  { cleanUp, progress }: Context,
): Promise<ScrapeCost> {
  const stage = await setBenchStage(progress);
  cleanUp(() => stage.remove());
  const server = await stage.start();
  const plan: LoadPlan = {
    ...addressOf(server),
    requests: READS.map((path) => ({ method: 'GET', path })),
    connections: CONNECTIONS,
    warmUpMs: WARM_UP_MS,
    measureMs,
    status: 200,
  };
  const failures: string[] = [];
  const measure = async () => {
    const result = await runLoad(plan);
    const failed = failuresOf(result);
    if (failed !== undefined) failures.push(failed);
    return result.ratePerSecond;
  };
  const scrape = async () => (await fetch(`${server.origin}/metrics`)).text();

  const without: number[] = [];
  const scraped: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`);
    without.push(await measure());
    const timer = setInterval(() => void scrape().catch((error) => failures.push(String(error))), EVERY_MS);
    scraped.push(await measure());
    clearInterval(timer);
  }
  const text = await scrape();
  const cpuBefore = cpuTimeMs(server.process.pid) ?? Number.NaN;
  const startedAt = performance.now();
  for (let done = 0; done < ALONE; done += 1) await scrape();
  return {
    without: spread(without),
    scraped: spread(scraped),
    ratio: ratios(scraped, without),
    cpuMs: ((cpuTimeMs(server.process.pid) ?? Number.NaN) - cpuBefore) / ALONE,
    answerMs: (performance.now() - startedAt) / ALONE,
    series: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
    bytes: Buffer.byteLength(text),
    failures,
  };
}

export function scrapeReport(result: ScrapeCost): Report {
  const { without, scraped, ratio, cpuMs, answerMs, series, bytes, failures } = result;
  const share = (100 * cpuMs) / EVERY_MS;
  const lines: GoalLine[] = [
    unlessFailed(
      {
        what: 'processor time of a scrape each second',
        ...{ figure: `${cpuMs.toFixed(2)} ms`, beside: `${share.toFixed(2)} % of one processor` },
        ...goal(`≤ ${SHARE_GOAL} %`, share <= SHARE_GOAL),
      },
      failures,
    ),
    {
      what: 'requests a second with a scrape each second',
      ...{ figure: inWords(scraped, count), beside: `${inWords(without, count)} without`, ratio, ...NO_GOAL },
    },
    { what: 'a scrape is answered within, ms', figure: precise(answerMs), beside: '', ...NO_GOAL },
    { what: 'series', figure: count(series), beside: `${count(bytes / 1024)} kB`, ...NO_GOAL },
  ];
  return { lines, plots: [], markdown: goalTable(lines), result, failures };
}
