import Fastify from 'fastify';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import type { Database } from '../../src/database/database.ts';
import { type DatabaseObserver, databasePlugin, PRIMARY } from '../../src/database/plugin.ts';

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
    breaker: (server, event) => events.push(server === PRIMARY ? event : `${server} ${event}`),
    waited: () => {},
    shed: (reason) => events.push(`shed ${reason}`),
    held: () => {},
    holdUnreadable: () => {},
    promoted: () => events.push('promoted'),
    replaced: () => events.push('replaced'),
  };
  const app = Fastify();
  const { database: config, requestDeadlineMs } = loadConfig(environment);
  await app.register(databasePlugin, { config, requestDeadlineMs, observer });
  await app.ready();
  test.teardown(() => app.close());
  await app.database.start();
  return { database: app.database, statements, events };
}
