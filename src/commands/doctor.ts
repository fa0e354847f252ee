import { buildApp } from '../app.ts';
import type { DatabaseConfig } from '../config/config.ts';
import { describeRedis } from '../config/redis-address.ts';
import type { Database } from '../database/database.ts';
import { missingLimits } from '../database/session-settings.ts';
import { assessHealth } from '../monitoring/health.ts';
import type { Command } from './command.ts';

const LABELS = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

/** Tries the configured servers through the application's own code and says what to do about each. */
export const doctor: Command = {
  help: 'npm run doctor\n  Checks that PostgreSQL, its schema and Redis can be used as configured. Changes nothing.',
  options: {},
  async run(config) {
    const { host, port, name } = config.database;
    console.log(`PostgreSQL: ${name} on ${host}:${port}. Redis: ${describeRedis(config.redis)}.`);
    const { app, guard } = await buildApp({ ...config, logLevel: 'silent' });
    try {
      await app.ready();
      await Promise.all([app.cache.start(), app.database.start()]);
      await guard.inspect();
      const health = assessHealth({
        database: app.database.snapshot(),
        cache: app.cache.snapshot(),
        schema: guard.report,
      });
      for (const [check, { status, message }] of Object.entries(health.checks)) {
        console.log(`${LABELS[status]} ${check}: ${message}`);
      }
      const limits = await checkLimits(app.database, config.database);
      if (limits !== undefined) console.log(`${LABELS.warn} limits: ${limits}`);
      const counts = Object.entries(health.database.table_counts).map(([table, rows]) => `${table} ${rows}`);
      if (counts.length > 0) console.log(`Rows: ${counts.join(', ')}.`);
      return health.status === 'healthy' && limits === undefined ? 0 : 1;
    } finally {
      await app.close();
    }
  },
};

/** What is missing of the limits behind a pooler. Without a pooler a connection brings its own. */
async function checkLimits(database: Database, config: DatabaseConfig): Promise<string | undefined> {
  if (config.pooler === 'none' || !database.accepting) return undefined;
  return missingLimits(database, config);
}
