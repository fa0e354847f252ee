import { writeFileSync } from 'node:fs';
import { loadConfig } from '../src/config/config.ts';
import { withConnection } from '../src/safety/connection.ts';
import { migrate } from '../src/safety/migrations/migrate.ts';
import {
  describeSchema,
  SCHEMA_FILE,
  writeSchemaDescription,
} from '../src/safety/migrations/schema-description.ts';
import { startServers } from '../src/throwaway/servers.ts';
import { answerTo, printInstead } from '../src/usage.ts';

const HELP = `npm run schema:describe
  Writes sql/schema.txt, what the schema guard compares with, from a database of its own that has every migration.`;

const instead = answerTo(process.argv.slice(2), HELP);
if (instead !== undefined) process.exit(printInstead(instead));

/** Writes sql/schema.txt anew, from a database of its own to which every migration was applied. */
const servers = await startServers({ purpose: 'schema' });
try {
  const { database } = loadConfig({ DATABASE_URL: servers.postgres.url });
  await migrate(database, console.log);
  const description = await withConnection(database, describeSchema);
  writeFileSync(SCHEMA_FILE, writeSchemaDescription(description));
  console.log(`${SCHEMA_FILE}: ${description.size} things. Commit it together with the migration.`);
} finally {
  await servers.remove();
}
