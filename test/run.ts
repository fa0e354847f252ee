import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/config.ts';
import { migrate } from '../src/safety/migrations/migrate.ts';
import { seedSample } from '../src/safety/seed.ts';
import { neededProgram } from '../src/throwaway/needed-program.ts';
import { startServers } from '../src/throwaway/servers.ts';
import { FAST_POSTGRES } from './support/private-servers.ts';
import { sql, TEMPLATE_DATABASE, withDatabase } from './support/shared-servers.ts';

/** Starts the servers that all test files share, runs tap, and counts. `npm test -- FILE …` runs some files only. */
async function main(): Promise<number> {
  const servers = await startServers({
    purpose: 'test',
    postgresParameters: { ...FAST_POSTGRES, shared_preload_libraries: 'pg_stat_statements' },
    progress: (sentence) => console.log(sentence),
  });
  // Before the files that need it run side by side: apt-get does not. Without it they fail, and say what to install.
  await neededProgram('prometheus', console.log).catch(() => {});
  const output = mkdtempSync(join(tmpdir(), 'steadfast-tap-'));
  try {
    const template = withDatabase(servers.postgres.url, TEMPLATE_DATABASE);
    await sql(servers.postgres.url, `create database ${TEMPLATE_DATABASE}`);
    const { database } = loadConfig({ DATABASE_URL: template });
    await migrate(database, () => {});
    await seedSample(database);
    const tapFile = join(output, 'output.tap');
    const code = await runTap(tapFile, {
      STEADFAST_TEST_POSTGRES_URL: servers.postgres.url,
      STEADFAST_TEST_REDIS_URL: servers.redis.url,
      // Starting a thousand processes is most of the work: each module is read and compiled once, not by each of them.
      NODE_COMPILE_CACHE: join(output, 'compiled'),
    });
    if (!existsSync(tapFile)) {
      console.error('No test was run. Name files by their path: npm test -- test/config/dotenv.test.ts');
      return code || 1;
    }
    const stream = readFileSync(tapFile, 'utf8');
    const { passed, failed } = readCounts(stream);
    // tap's terse reporter draws on terminals only; where there is none, the failures must be told all the same.
    if (failed > 0 && process.env.CI !== undefined) console.log(failuresIn(stream));
    // On a line of its own: tap's reporter leaves its last one open.
    console.log(`\n${passed} passed, ${failed} failed`);
    return passed === 0 || failed > 0 ? code || 1 : code;
  } finally {
    await servers.remove();
    rmSync(output, { recursive: true, force: true });
  }
}

/** tap closes with its own sums: # { total: 5, pass: 4, fail: 1 } */
function readCounts(tapStream: string): { passed: number; failed: number } {
  const sums = tapStream.match(/^# \{ total: .*\}$/gm)?.at(-1) ?? '';
  const sum = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(sums)?.[1] ?? 0);
  return { passed: sum('pass'), failed: sum('total') - sum('pass') };
}

/** The result lines that say "not ok", each with the diagnostics below it. */
function failuresIn(tapStream: string): string {
  return (tapStream.match(/^ *not ok .*\n(?: *---\n(?:.*\n)*? *\.\.\.\n)?/gm) ?? []).join('\n');
}

function runTap(tapFile: string, environment: Record<string, string>): Promise<number> {
  const tap = spawn('tap', [`--output-file=${tapFile}`, ...process.argv.slice(2)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal));
  return new Promise((resolve, reject) => {
    tap.once('error', reject);
    tap.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main();
