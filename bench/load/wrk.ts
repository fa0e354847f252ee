import { spawn } from 'node:child_process';
import { neededProgram } from '../../src/throwaway/needed-program.ts';
import type { LoadPlan } from './plan.ts';
import { cpuTimeMs } from './process-usage.ts';

const LOOK_EVERY_MS = 100;
/** From here on a generator of one thread is what is measured, and not the server. */
const BUSY_SHARE = 0.9;

/** As many requests a second as there are answers, from wrk: one thread, in C, so that it is not what is measured. */
export type WrkLoad = Pick<LoadPlan, 'port' | 'pid'> & {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Lua script that says what is asked instead, and what it is told. */
  readonly script?: { readonly file: string; readonly args: readonly string[] };
  readonly connections: number;
  readonly measureMs: number;
};

/** Times are in milliseconds. */
export type WrkResult = {
  readonly answered: number;
  readonly ratePerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server for each answer: what stays nearly the same when others use the machine too. */
  readonly cpuMsEach: number;
  /** Of the one processor that wrk can use; near 1 it was what set the pace. */
  readonly generatorShare: number;
  /** What was not answered with 2xx, or not at all, in words. */
  readonly failures: readonly string[];
};

/**
 * Installs wrk where it is missing and may be installed.
 * @throws {ServersUnavailable} naming what to install
 */
export function provideWrk(progress: (sentence: string) => void): Promise<string> {
  return neededProgram('wrk', progress);
}

export async function runWrk(program: string, load: WrkLoad): Promise<WrkResult> {
  const { port, pid, path, headers = {}, script, connections, measureMs } = load;
  const args = ['--threads', '1', '--connections', String(connections), '--latency'];
  args.push('--duration', String(Math.ceil(measureMs / 1000)));
  for (const [name, value] of Object.entries(headers)) args.push('--header', `${name}: ${value}`);
  if (script !== undefined) args.push('--script', script.file);
  args.push(`http://127.0.0.1:${port}${path}`, ...(script === undefined ? [] : ['--', ...script.args]));

  const cpuBefore = cpuTimeMs(pid) ?? Number.NaN;
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let generatorShare = 0;
  const timer = setInterval(() => {
    generatorShare = (cpuTimeMs(child.pid) ?? 0) / (performance.now() - startedAt) || generatorShare;
  }, LOOK_EVERY_MS);
  let printed = '';
  let complaint = '';
  child.stdout.on('data', (text) => {
    printed += text;
  });
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  clearInterval(timer);
  const cpuMs = (cpuTimeMs(pid) ?? Number.NaN) - cpuBefore;
  if (code !== 0) throw new Error(`wrk ended with ${code}: ${complaint || printed}`);
  const result = parseWrk(printed);
  return { ...result, cpuMsEach: cpuMs / result.answered, generatorShare };
}

/** What wrk prints. */
export function parseWrk(printed: string): Omit<WrkResult, 'cpuMsEach' | 'generatorShare'> {
  const number = (pattern: RegExp) => Number(pattern.exec(printed)?.[1] ?? Number.NaN);
  const non2xx = number(/Non-2xx or 3xx responses: (\d+)/);
  const sockets = /Socket errors: (.*)/.exec(printed)?.[1];
  return {
    answered: number(/(\d+) requests in/),
    ratePerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50: milliseconds(/\s50%\s+(\S+)/.exec(printed)?.[1]),
    p99: milliseconds(/\s99%\s+(\S+)/.exec(printed)?.[1]),
    failures: [
      ...(non2xx > 0 ? [`${non2xx} × not 2xx`] : []),
      ...(sockets === undefined ? [] : [`sockets: ${sockets}`]),
    ],
  };
}

function milliseconds(text = ''): number {
  const [, value, unit = ''] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN);
}

/** Whether the generator set the pace, so that the server could have done more. */
export function isGeneratorBusy(results: readonly WrkResult[]): boolean {
  return busiest(results) >= BUSY_SHARE;
}

const busiest = (results: readonly WrkResult[]) => Math.max(...results.map(({ generatorShare }) => generatorShare));

/** A note where the generator set the pace. */
export function generatorNote(what: string, results: readonly WrkResult[]): string[] {
  const share = busiest(results);
  return !isGeneratorBusy(results) ? [] : [`${what}: wrk itself used ${Math.round(share * 100)} % of a processor.`];
}
