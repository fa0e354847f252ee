import type { Client } from 'pg';
import { attempt } from './attempt.ts';
import { quoteName } from './quoting.ts';
import { UnusableFile } from './unusable-file.ts';

/**
 * Creates the schema that the import is going to.
 * @throws {UnusableFile} where there is one already, also if it came into being a moment ago
 */
export async function createSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding !== 'UTF8') {
    throw new UnusableFile(
      `The database stores text as ${encoding}. Create one with the encoding UTF8 and name that.`,
    );
  }
  const problem = await attempt(client, `create schema ${quoteName(schema)}`);
  if (problem === undefined) return;
  if (/already exists|duplicate key/.test(problem)) {
    throw new UnusableFile(
      `There is a schema ${schema} already: the file may have been imported before. Nothing was changed. ` +
        `Name another one with --schema, or remove that one first: drop schema ${quoteName(schema)} cascade`,
    );
  }
  throw new UnusableFile(
    `The schema ${schema} cannot be created: ${problem}. Set DB_OWNER_USER to a role that may, or name another schema ` +
      'with --schema.',
  );
}
