import { createHash } from 'node:crypto';
import type { DatabaseAddress } from '../../config/database-address.ts';
import type { DatabaseContents } from './manifest.ts';
import { startTool, type ToolOptions, type Tools } from './tools.ts';

/** What pg_dump writes above each object. */
const HEADING = /^-- (?:Data for )?Name: (.*); Owner: .*$/;
/** Every database has it; pg_dump mentions it only where it has another owner than at first. */
const PUBLIC_SCHEMA = /^(SCHEMA )?public; Type: (SCHEMA|COMMENT); Schema: -$/;
/** Lines that depend on the order of objects, or change from one run to the next. */
const PASSING =
  /^(SET default_(tablespace|table_access_method) = .*;|\\(un)?restrict .*|-- PostgreSQL database dump complete|--)?$/;

/**
 * Every object of a database with a digest of its definition, as pg_dump writes it: tables with their columns, defaults
 * and constraints, indexes, triggers, functions, views, types, comments. Owners
 * and grants are left out: whoever restores is the owner then.
 */
export async function readSchemaObjects(
  tools: Tools,
  address: DatabaseAddress,
  options: ToolOptions & { readonly snapshot?: string },
): Promise<DatabaseContents['objects']> {
  const snapshot = options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`];
  const args = ['--schema-only', '--no-owner', '--no-privileges', ...snapshot];
  const dump = await startTool(tools, 'pg_dump', args, address, options);
  dump.stdout.setEncoding('utf8');
  let text = '';
  for await (const chunk of dump.stdout) text += chunk;
  await dump.ended;
  return digestObjects(text);
}

function digestObjects(text: string): DatabaseContents['objects'] {
  const definitions = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n')) {
    const name = HEADING.exec(line)?.[1];
    if (name !== undefined) {
      current = definitions.get(name) ?? [];
      definitions.set(name, current);
    } else if (!PASSING.test(line)) {
      current.push(line);
    }
  }
  return [...definitions]
    .filter(([name]) => !PUBLIC_SCHEMA.test(name))
    .map(([name, lines]) => ({
      name,
      digest: createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
