import type { FastifyBaseLogger } from 'fastify';
import type { Steadfast } from './app.ts';
import type { Config, DatabaseConfig } from './config/config.ts';
import { formatHost } from './config/host-list.ts';
import { NO_SUCH_DATABASE, StartRefused } from './config/problems.ts';
import { missingLimits } from './database/session-settings.ts';
import { explainEmptied } from './safety/migrations/emptied-tables.ts';

/**
 * Looks at the database once before traffic is accepted, and says in the log which one it is and what is in it.
 * A database that cannot be reached is no reason not to start; one that refuses us is.
 * @throws {StartRefused}
 */
export async function checkDatabase({ app, guard }: Steadfast, config: DatabaseConfig): Promise<void> {
  const { name, user } = config;
  const servers = config.hosts.map(formatHost).join(', ');
  const { state, problem, serverVersion } = await app.database.start();
  if (problem?.kind === 'credentials') {
    throw new StartRefused(
      `PostgreSQL on ${servers} refuses the user "${user}": ${problem.message}.\n` +
        'Correct the user and password in DATABASE_URL, or DB_USER and DB_PASSWORD, and start again.',
    );
  }
  if (problem?.kind === 'no-such-database') {
    throw new StartRefused(`PostgreSQL on ${servers} has no database "${name}".\n${NO_SUCH_DATABASE}`);
  }
  if (problem?.kind === 'pooler') {
    throw new StartRefused(
      `What answers on ${servers} is a PgBouncer, not PostgreSQL: ${problem.message}.\n` +
        'Set DB_POOLER=pgbouncer and DB_DIRECT_HOST (where PostgreSQL itself is), and start again.',
    );
  }
  if (state !== 'up') {
    app.log.warn(
      `PostgreSQL cannot be reached (${name} on ${servers}: ${problem?.message}). Starting without it: ` +
        'what the cache holds is served, the rest is refused with 503, and it is tried again all the time.',
    );
    return;
  }
  const { host } = app.database.snapshot();
  app.log.info(
    { database: { ...host, name, user, serverVersion } },
    `on PostgreSQL ${serverVersion}: ${name} on ${formatHost(host)}`,
  );
  if (config.pooler !== 'none') {
    const warning = await missingLimits(app.database, config).catch(() => undefined);
    if (warning !== undefined) app.log.warn(warning);
  }
  const report = await guard.inspect();
  if (report === undefined) return;
  app.log.info({ tables: report.tableCounts }, 'rows in the tables');
  if (!report.valid) app.log.error(`the API answers 503: ${report.message}`);
  if (report.emptiedTables.length > 0) app.log.error(explainEmptied(report.emptiedTables));
  if (report.excessPrivileges.length > 0) {
    app.log.warn(
      `the role "${user}" may do more than read and write rows (it ${report.excessPrivileges.join(', ')}): give the ` +
        'server a role of its own by sql/roles.sql, and name the owner in DB_OWNER_USER',
    );
  }
}

/** Says so when the cache starts without Redis. That is never a reason not to start: it costs speed, not answers. */
export async function startCache({ app }: Steadfast): Promise<void> {
  await app.cache.start();
  const { redis } = app.cache.snapshot();
  if (redis.state === 'down') {
    app.log.warn(`Redis cannot be used (${redis.problem}). Starting without it: answers come from PostgreSQL.`);
  }
}

/** Says what the settings allow and may not be meant. */
export function warnOfSettings(config: Config, log: Pick<FastifyBaseLogger, 'warn'>): void {
  if (config.tokensAreEphemeral) {
    log.warn('JWT_SECRET is not set: access tokens are good for this process only, until it ends');
  }
  const { token, port } = config.monitoring;
  if (config.environment === 'production' && token === undefined && port === undefined) {
    log.warn(
      '/metrics and /api/monitoring are open to whoever reaches this port: set MONITORING_TOKEN or MONITORING_PORT, ' +
        'or see that no proxy lets them through',
    );
  }
}
