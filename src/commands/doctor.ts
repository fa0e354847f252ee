import { buildApp } from '../app.ts';
import type { Config, DatabaseConfig } from '../config/config.ts';
import { formatHost } from '../config/host-list.ts';
import { ownerAddress } from '../config/owner-address.ts';
import { describeRedis } from '../config/redis-address.ts';
import type { Database } from '../database/database.ts';
import { missingLimits } from '../database/session-settings.ts';
import { assessHealth } from '../monitoring/health.ts';
import { checkConsistency } from '../safety/consistency/consistency.ts';
import { examineBackups } from '../safety/doctor/backups.ts';
import { type Finding, fail, pass, warn } from '../safety/doctor/finding.ts';
import { examinePostgres } from '../safety/doctor/postgres.ts';
import { examineProofServer } from '../safety/doctor/proof-server.ts';
import { examineRedis } from '../safety/doctor/redis.ts';
import type { Command } from './command.ts';

const HELP = `npm run doctor
  Looks at everything that could be wrong: PostgreSQL, its schema, roles, disk and clock, Redis, backups and the
  programs they need, and says what to do about each. Changes nothing. Exit code 1 when something fails; what is
  only unwise is a warning.

npm run doctor -- --data
  Checks all rows instead: orphans, impossible values, totals against recounts, indexes against their tables. What
  it finds is noted in the database, where /health and /metrics show it.`;

const PATIENCE_MS = 2000;

const LABELS = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

/** Tries the configured servers through the application's own code and says what to do about each. */
export const doctor: Command = {
  help: HELP,
  options: { data: { type: 'boolean' } },
  async run(config, options) {
    const { hosts, name } = config.database;
    console.log(
      `PostgreSQL: ${name} on ${hosts.map(formatHost).join(', ')}. Redis: ${describeRedis(config.redis)}.`,
    );
    return report(options.data === true ? await examineData(config) : await examineAll(config));
  },
};

function report(findings: readonly Finding[]): number {
  for (const { subject, status, message } of findings) console.log(`${LABELS[status]} ${subject}: ${message}`);
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  console.log(`${count('pass')} ok, ${count('warn')} warnings, ${count('fail')} failures.`);
  return count('fail') === 0 ? 0 : 1;
}

async function examineAll(config: Config): Promise<Finding[]> {
  const findings = await examineApplication(config);
  const works = (subject: string) => findings.some((one) => one.subject === subject && one.status !== 'fail');
  const [postgres, redis, backups, proofServer] = await Promise.all([
    works('database') ? examinePostgres(config).catch((error: unknown) => [cut('PostgreSQL', error)]) : [],
    works('redis') ? examineRedis(config.redis).catch((error: unknown) => [cut('Redis', error)]) : [],
    examineBackups(config),
    examineProofServer(config),
  ]);
  return [...findings, ...postgres, ...redis, ...backups, ...proofServer];
}

function cut(server: string, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error);
  return fail(server, `It stopped answering in the middle (${reason}). Run this again.`);
}

/** What the server itself would say of its health. */
async function examineApplication(config: Config): Promise<Finding[]> {
  const { app, guard } = await buildApp(patient(config));
  try {
    await app.ready();
    await Promise.all([app.cache.start(), app.database.start()]);
    await guard.inspect();
    const { checks, database } = assessHealth({
      database: app.database.snapshot(),
      cache: app.cache.snapshot(),
      schema: guard.report,
    });
    const limits = await checkLimits(app.database, config.database);
    const counts = Object.entries(database.table_counts).map(([table, rows]) => `${table} ${rows}`);
    return [
      pass('configuration', `Every setting can be used; this is ${config.environment}.`),
      ...Object.entries(checks).map(([subject, check]) => ({ subject, ...check })),
      ...(limits === undefined ? [] : [warn('limits', limits)]),
      ...(counts.length > 0 ? [pass('rows', `${counts.join(', ')}.`)] : []),
    ];
  } finally {
    await app.close();
  }
}

/** A busy machine is no failure: the doctor waits longer than a request would, though not for servers that hang. */
function patient(config: Config): Config {
  const { database, redis } = config;
  const atLeast = (ms: number) => Math.max(ms, PATIENCE_MS);
  return {
    ...config,
    logLevel: 'silent',
    database: { ...database, probe: { ...database.probe, timeoutMs: atLeast(database.probe.timeoutMs) } },
    redis: { ...redis, commandTimeoutMs: atLeast(redis.commandTimeoutMs) },
  };
}

async function examineData(config: Config): Promise<Finding[]> {
  const { findings, indexesUnchecked } = await checkConsistency(ownerAddress(config.database), () => {});
  const checked = findings.map(({ check, violations, example }) =>
    violations === 0
      ? pass(check, 'Nothing found.')
      : fail(check, `${violations} found, such as: ${example}. See docs/runbook/data-inconsistent.md.`),
  );
  return indexesUnchecked === undefined
    ? checked
    : [...checked, warn('indexes', `They were not compared with their tables: ${indexesUnchecked}`)];
}

/** What is missing of the limits behind a pooler. Without a pooler a connection brings its own. */
async function checkLimits(database: Database, config: DatabaseConfig): Promise<string | undefined> {
  if (config.pooler === 'none' || !database.accepting) return undefined;
  return missingLimits(database, config);
}
