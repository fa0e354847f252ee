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
  const lacking = [...wanted].filter(([thing, definition]) => found.get(thing) !== definition);
  const missing = withoutParts(lacking.map(([thing]) => thing)).map((thing) => {
    const actual = found.get(thing);
    return {
      what: actual === undefined ? thing : `${thing} (is ${actual})`,
      mend: mendingStatement(thing, wanted.get(thing) ?? '', actual !== undefined),
    };
  });
  const extra = withoutParts([...found.keys()].filter((thing) => !wanted.has(thing)));
  return { missing, extra };
}

/** A table takes its columns, constraints, indexes and triggers along: they are not named one by one. */
function withoutParts(things: readonly string[]): string[] {
  const tables = new Set(things.flatMap((thing) => /^table (.+)$/.exec(thing)?.[1] ?? []));
  return things.filter((thing) => {
    const owner = /^(?:column|constraint|index|trigger) (.+?)\./.exec(thing)?.[1];
    return owner === undefined || !tables.has(owner);
  });
}

function mendingStatement(thing: string, definition: string, isThere: boolean): string | undefined {
  const [kind = '', name = ''] = thing.split(/ (.*)/);
  const [table = '', part = ''] = name.split('.');
  switch (kind) {
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

/** What is missing, and what to do about it. */
export function explainMissing(missing: readonly Missing[]): string {
  const names = missing.map(({ what }) => what).join(', ');
  const statements = missing.flatMap(({ mend }) => mend ?? []);
  const remedy =
    statements.length === missing.length
      ? `Put it back as the owner of the tables: ${statements.join(' ')}`
      : 'Put it back as sql/migrations made it, or restore the database from a backup: npm run restore -- latest';
  return `The schema lacks what its migrations made: ${names}. Somebody changed it by hand. ${remedy}`;
}
