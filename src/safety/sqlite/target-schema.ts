import type { Client } from 'pg';
import { IMPORTED_SCHEMA_COMMENT } from '../imported-schema.ts';
import { attempt } from './attempt.ts';
import { quoteName, quoteText } from './quoting.ts';
import { UnusableFile } from './unusable-file.ts';

const OWN_SCHEMA = 'public';

/**
 * Creates the schema that the import is going to.
 * @throws {UnusableFile} where there is one already, also if it came into being a moment ago, or it is the application's
 */
export async function createSchema(client: Client, schema: string): Promise<void> {
  if (schema === OWN_SCHEMA) {
    throw new UnusableFile(
      `The schema ${schema} is this application's own. Nothing was changed. Name another one with --schema, or leave ` +
        '--schema out for one that is named after the file.',
    );
  }
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
  if (problem === undefined) {
    await client.query(`comment on schema ${quoteName(schema)} is ${quoteText(IMPORTED_SCHEMA_COMMENT)}`);
    return;
  }
  if (/already exists|duplicate key/.test(problem)) {
    throw new UnusableFile(
      (await isImported(client, schema))
        ? `There is a schema ${schema} already: the file may have been imported before. Nothing was changed. ` +
            `Name another one with --schema, or remove that one first: drop schema ${quoteName(schema)} cascade`
        : `There is a schema ${schema} already, and no import made it. Nothing was changed. ` +
            'Name another one with --schema.',
    );
  }
  throw new UnusableFile(
    `The schema ${schema} cannot be created: ${problem}. Set DB_OWNER_USER to a role that may, or name another schema ` +
      'with --schema.',
  );
}

async function isImported(client: Client, schema: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_namespace where nspname = $1 and obj_description(oid, 'pg_namespace') = $2",
    [schema, IMPORTED_SCHEMA_COMMENT],
  );
  return rowCount !== 0;
}
