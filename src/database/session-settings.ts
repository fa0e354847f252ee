import pg from 'pg';
import type { DatabaseConfig } from '../config/config.ts';
import type { Database } from './database.ts';
import type { Statement } from './statement.ts';

/** PostgreSQL's settings of a session by name; times are in milliseconds. */
export type SessionSettings = Readonly<Record<string, string>>;

const IDLE_IN_TRANSACTION_MS = 5_000;

/** Without them a statement that goes wrong holds its locks and its connection for as long as it likes. */
export function sessionLimits(config: DatabaseConfig): SessionSettings {
  return {
    statement_timeout: String(config.statementTimeoutMs),
    lock_timeout: String(config.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
  };
}

/**
 * Each statement is planned once a connection, not once a call: its plan is right for all values (see
 * test/blog/plans.test.ts), and planning took longer than executing it. Just-in-time compilation would cost hundreds
 * of times what it saves: with the limit unknown a plan looks dear enough for it, and then reads twenty rows. The
 * figures are in docs/performance.md.
 */
export const PLANNING: SessionSettings = { plan_cache_mode: 'force_generic_plan', jit: 'off' };

/** As a connection says them when it begins. */
export function asOptions(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

const SESSION: Statement = {
  name: 'database.session-settings',
  text: 'select json_object_agg(name, setting)::text from pg_settings where name = any ($1)',
};

/**
 * Looks, on the way that requests take, whether a session has its limits. Where a pooler is in between they cannot be
 * said when connecting and have to be the role's. Returns what is the matter and what to type, or undefined.
 * @throws {DatabaseUnavailable}, {DatabaseOverloaded}
 */
export async function missingLimits(database: Database, config: DatabaseConfig): Promise<string | undefined> {
  const limits = sessionLimits(config);
  const found = JSON.parse((await database.query(SESSION, [Object.keys(limits)])) ?? '{}') as SessionSettings;
  const missing = Object.keys(limits).filter((name) => {
    const ms = Number(found[name]);
    // 0 is none. A limit that is shorter than ours is a limit.
    return !(ms > 0 && ms <= Number(limits[name]));
  });
  if (missing.length === 0) return undefined;
  const role = pg.escapeIdentifier(config.user);
  const sql = Object.entries({ ...limits, ...PLANNING }).map(
    ([name, value]) => `alter role ${role} set ${name} = '${value}';`,
  );
  return (
    `PgBouncer cannot carry the limits of a session, and the role ${config.user} has none for ${missing.join(', ')} ` +
    '(or longer ones than configured): a statement that hangs would go on in PostgreSQL after we have given it up. ' +
    `Type in psql: ${sql.join(' ')} Then type RECONNECT in PgBouncer's console, or restart it. ` +
    '(Times are in milliseconds; the last two are for speed.)'
  );
}
