import Fastify from 'fastify';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import type { Database, DatabaseObserver } from '../../src/database/database.ts';
import { databasePlugin } from '../../src/database/plugin.ts';

export type Observed = { readonly name: string; readonly errorType: string | undefined };

/** The database room alone, in this process, on a real PostgreSQL. Returns what its observer was told, too. */
export async function openDatabase(
  test: Test,
  environment: Readonly<Record<string, string>>,
): Promise<{ database: Database; statements: Observed[]; events: string[] }> {
  const statements: Observed[] = [];
  const events: string[] = [];
  const observer: DatabaseObserver = {
    statement: (name, _seconds, errorType) => statements.push({ name, errorType }),
    breaker: (event) => events.push(event),
    waited: () => {},
    connectionTimeout: () => {},
  };
  const app = Fastify();
  await app.register(databasePlugin, { config: loadConfig(environment).database, observer });
  await app.ready();
  test.teardown(() => app.close());
  await app.database.start();
  return { database: app.database, statements, events };
}
