import { loadConfig } from '../../src/config/config.ts';
import { importSqlite } from '../../src/safety/sqlite/import.ts';

/** Imports one file in a process of its own, and prints how long that took and how much memory it had at most. */
const [url = '', file = ''] = process.argv.slice(2);
const { database } = loadConfig({ DATABASE_URL: url });
const startedAt = performance.now();
await importSqlite(database, {
  file,
  schema: 'imported',
  rejects: false,
  dryRun: false,
  lowerCaseNames: false,
  progress: () => {},
});
const ms = performance.now() - startedAt;
console.log(JSON.stringify({ ms, megabytes: process.resourceUsage().maxRSS / 1024 }));
