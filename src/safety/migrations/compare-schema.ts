import type { SchemaDescription } from './schema-description.ts';

/** Something the code relies on that is not there, or not as it should be. */
export type Missing = {
  /** "column users.bio", or "index articles.articles_newest_idx (is …)". */
  readonly what: string;
  /** The statement that puts it back, to be run by the owner; undefined where only a backup has what it held. */
  readonly mend: string | undefined;
};

/** How a schema stands to its description. */
export type SchemaDifferences = {
  readonly missing: readonly Missing[];
  /** What nobody described: "table notes". */
  readonly extra: readonly string[];
};

export function compareSchemas(wanted: SchemaDescription, found: SchemaDescription): SchemaDifferences {
  const lacking = [...wanted.keys()].filter((thing) => found.get(thing) !== wanted.get(thing));
  const missing = withoutParts(lacking, found).map((thing) => {
    const actual = found.get(thing);
    return {
      what: actual === undefined ? thing : `${thing} (is ${actual})`,
      mend: mendingStatement(thing, wanted.get(thing) ?? '', actual),
    };
  });
  const extra = [...found.keys()].filter((thing) => !wanted.has(thing));
  return { missing, extra: withoutParts(extra, wanted) };
}

/** A table that the other has not takes its columns, constraints and so on along: they are not named one by one. */
function withoutParts(things: readonly string[], other: SchemaDescription): string[] {
  const tables = new Set(
    things.filter((thing) => !other.has(thing)).flatMap((thing) => /^table (.+)$/.exec(thing)?.[1] ?? []),
  );
  return things.filter((thing) => {
    const owner = /^(?:column|constraint|index|trigger|policy) (.+?)\./.exec(thing)?.[1];
    return owner === undefined || !tables.has(owner);
  });
}

function mendingStatement(thing: string, definition: string, actual: string | undefined): string | undefined {
  const isThere = actual !== undefined;
  const [kind = '', name = ''] = thing.split(/ (.*)/);
  const [table = '', part = ''] = name.split('.');
  if (actual === `${definition} (invalid)`) return `reindex index ${part};`;
  switch (kind) {
    case 'table':
      return isThere ? mendingTable(table, definition.split(', '), actual.split(', ')) : undefined;
    case 'index':
      return `${isThere ? `drop index ${part}; ` : ''}${definition};`;
    case 'trigger':
      return `${isThere ? `drop trigger ${part} on ${table}; ` : ''}${definition};`;
    case 'constraint': {
      const drop = isThere ? ` drop constraint ${part},` : '';
      return `alter table ${table}${drop} add constraint ${part} ${definition};`;
    }
    default:
      return undefined;
  }
}

const TABLE_MENDS: Readonly<Record<string, string>> = {
  unlogged: 'set logged',
  'row-level security': 'disable row level security',
  'forced row-level security': 'no force row level security',
};

/** Takes from a table what no migration gave it; undefined where that is not all. */
function mendingTable(table: string, wanted: readonly string[], found: readonly string[]): string | undefined {
  if (!wanted.every((property) => found.includes(property))) return undefined;
  const statements = found
    .filter((property) => !wanted.includes(property))
    .map((property) => {
      const rule = /^rule (.+)$/.exec(property)?.[1];
      if (rule !== undefined) return `drop rule ${rule} on ${table};`;
      const mend = TABLE_MENDS[property];
      return mend && `alter table ${table} ${mend};`;
    });
  return statements.includes(undefined) ? undefined : statements.join(' ');
}

/** What is missing, for a sentence. */
export function namesOf(missing: readonly Missing[]): string {
  return missing.map(({ what }) => what).join(', ');
}

/** What is missing, and what to do about it. */
export function explainMissing(missing: readonly Missing[]): string {
  const statements = missing.flatMap(({ mend }) => mend ?? []);
  const remedy =
    statements.length === missing.length
      ? `Put it back as the owner of the tables: ${statements.join(' ')}`
      : 'Put it back as sql/migrations made it, or restore the database from a backup that was taken before that: ' +
        'npm run backup -- --list, then npm run restore -- NAME';
  return `The schema lacks what its migrations made: ${namesOf(missing)}. Somebody changed it by hand. ${remedy}`;
}
