import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { neededProgram } from '../../src/throwaway/needed-program.ts';
import { freePort } from '../../src/throwaway/shell.ts';
import { temporaryFolder } from './folders.ts';
import { get, until } from './http.ts';

const SHIPPED = join(import.meta.dirname, '../../deploy/prometheus');

export type Series = { readonly metric: Readonly<Record<string, string>> };

export type PrometheusRule = {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
};

export type RunningPrometheus = {
  readonly origin: string;
  /** The series an expression gives now; throws with what Prometheus has against it. */
  query(expression: string): Promise<Series[]>;
  rules(): Promise<PrometheusRule[]>;
};

/**
 * Debian's Prometheus with the configuration and the rules of deploy/, every second, on the server at `port` that wants
 * `token`. It is killed when the test ends.
 */
export async function startPrometheus(test: Test, port: number, token: string): Promise<RunningPrometheus> {
  const program = await neededProgram('prometheus', (sentence) => test.comment(sentence));
  const folder = temporaryFolder(test);
  const address = `127.0.0.1:${await freePort()}`;
  cpSync(SHIPPED, folder, { recursive: true });
  change(join(folder, 'prometheus.yml'), [
    [/_interval: 15s/g, '_interval: 1s'],
    // As its comment says.
    [/# (authorization:\n +)# ( +credentials_file)/, '$1$2'],
    ['127.0.0.1:9090', address],
  ]);
  change(join(folder, 'targets/steadfast.yml'), [['127.0.0.1:8000', `127.0.0.1:${port}`]]);
  writeFileSync(join(folder, 'steadfast-token'), `${token}\n`);
  const child = spawn(
    program,
    [
      '--config.file=prometheus.yml',
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  test.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const origin = `http://${address}`;
  await until('Prometheus is ready', async () => (await get(origin, '/-/ready')).status === 200, 30_000);
  const ask = async (path: string) => {
    const { json } = await get(origin, `/api/v1/${path}`);
    if (json.status !== 'success') throw new Error(`${json.error} (${path})`);
    return json.data;
  };
  return {
    origin,
    query: async (expression) => (await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    rules: async () => (await ask('rules')).groups.flatMap(({ rules }: { rules: PrometheusRule[] }) => rules),
  };
}

/** Throws where the shipped file has nothing of what is to be replaced. */
function change(file: string, replacements: readonly (readonly [from: string | RegExp, to: string])[]): void {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of replacements) {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has nothing like ${from}`);
    text = changed;
  }
  writeFileSync(file, text);
}

const NO_METRICS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** The names of metrics that an expression asks for. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g, ' ')
    .replace(/\boffset +\w+/g, ' ');
  const names = [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*\b(?! *\()/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !NO_METRICS.has(name.toLowerCase()));
}
