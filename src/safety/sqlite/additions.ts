import { translateDefault } from './defaults.ts';
import { type Scope, translate, translateCondition } from './expressions.ts';
import { collate, Untranslatable } from './operations.ts';
import { type PlannedTable, scopeOf } from './plan.ts';
import { quoteName, quoteNames } from './quoting.ts';
import type { NotKept, SourceForeignKey, SourceIndex } from './source-schema.ts';
import { qualified } from './target-tables.ts';

/** One thing of a table that is added once its rows are there. */
export type Addition = {
  readonly what: string;
  /** @throws {Untranslatable} */
  readonly statement: () => string | undefined;
  /** What is done instead when PostgreSQL refuses it, and what that is. */
  readonly instead?: { readonly statement: string; readonly what: string };
};

/** What differs without anybody's fault. */
export function remarks({ source, columns }: PlannedTable): NotKept[] {
  const { name } = source;
  return [
    ...columns
      .filter(({ type, collation }) => type === 'text' && collation !== 'BINARY')
      .map((column) => ({
        what: `COLLATE ${column.collation} of ${name}.${column.name}`,
        why:
          column.collation === 'NOCASE' || column.collation === 'RTRIM'
            ? 'PostgreSQL compares exactly, so queries must compare ' +
              `${collate({ sql: quoteName(column.target), kind: 'text' }, column.collation)}; indexes do already`
            : 'PostgreSQL has no such collation',
      })),
    ...[...new Set(source.conflictClauses)].map((clause) => ({
      what: `${clause} in table ${name}`,
      why: 'in PostgreSQL each statement says so itself: insert … on conflict',
    })),
    ...(source.primaryKey.length === 0
      ? [{ what: `the hidden rowid of ${name}`, why: 'the table has no key; add one if something refers to it' }]
      : []),
  ];
}

export function additionsOf(schema: string, table: PlannedTable): Addition[] {
  const { source } = table;
  const name = qualified(schema, table.target);
  const scope = scopeOf(table.columns);
  const additions: Addition[] = [];
  if (source.primaryKey.length > 0) {
    const columns = quoteNames(source.primaryKey.map((column) => targetOf(table, column)));
    const instead = {
      statement: `alter table ${name} add unique (${columns})`,
      what: 'it is a unique constraint instead',
    };
    additions.push({
      what: `primary key of ${source.name}`,
      statement: () => `alter table ${name} add primary key (${columns})`,
      instead,
    });
  }
  for (const unique of [...(source.primaryKeyIndex ? [source.primaryKeyIndex] : []), ...source.uniques]) {
    const columns = unique.columns.map(({ expression }) => expression);
    const what = `unique (${columns.join(', ')}) of ${source.name}`;
    if (unique !== source.primaryKeyIndex) {
      const targets = quoteNames(columns.map((column) => targetOf(table, column)));
      additions.push({ what, statement: () => `alter table ${name} add unique (${targets})` });
    }
    if (unique.columns.some(({ collation }) => collation !== 'BINARY')) {
      additions.push({
        what: `${what} by its collation`,
        statement: () => `create unique index on ${name} (${indexColumns(unique, scope)})`,
      });
    }
  }
  for (const index of source.indexes) {
    additions.push({
      what: `index ${index.name}`,
      statement: () => createIndex(name, index, table.indexNames.get(index) ?? index.name, scope),
    });
  }
  for (const check of source.checks) {
    additions.push({
      what: `check (${check}) of ${source.name}`,
      statement: () => `alter table ${name} add check (${translateCondition(check, scope)})`,
    });
  }
  for (const { name: column, default: given, target, type } of table.columns) {
    if (given === undefined || column === source.rowidColumn) continue;
    additions.push({
      what: `default ${given} of ${source.name}.${column}`,
      statement: () => {
        const expression = translateDefault(given, type);
        return expression && `alter table ${name} alter column ${quoteName(target)} set default ${expression}`;
      },
    });
  }
  return additions;
}

function createIndex(table: string, index: SourceIndex, name: string, scope: Scope): string {
  const where = index.where === undefined ? '' : ` where ${translateCondition(index.where, scope)}`;
  const unique = index.unique ? 'unique ' : '';
  return `create ${unique}index ${quoteName(name)} on ${table} (${indexColumns(index, scope)})${where}`;
}

/** SQLite sorts nulls before everything else, PostgreSQL after. */
function indexColumns(index: SourceIndex, scope: Scope): string {
  return index.columns
    .map(({ column, expression, descending, collation }) => {
      const translated = column === undefined ? translate(expression, scope) : translate(quoteName(column), scope);
      if (translated.kind === 'null') throw new Untranslatable('an index of nothing');
      const order = descending ? ' desc nulls last' : ' nulls first';
      return `(${collate(translated, collation)})${order}`;
    })
    .join(', ');
}

export function foreignKey(
  schema: string,
  table: PlannedTable,
  key: SourceForeignKey,
  tables: readonly PlannedTable[],
): string {
  const parent = tables.find(({ source }) => source.name.toLowerCase() === key.parent.toLowerCase());
  if (parent === undefined) throw new Untranslatable(`there is no table ${key.parent}`);
  const columns = key.columns.map((column) => targetOf(table, column));
  const parentColumns = (key.parentColumns ?? parent.source.primaryKey).map((column) => targetOf(parent, column));
  return [
    `alter table ${qualified(schema, table.target)} add foreign key (${quoteNames(columns)})`,
    `references ${qualified(schema, parent.target)} (${quoteNames(parentColumns)})`,
    `on update ${key.onUpdate.toLowerCase()} on delete ${key.onDelete.toLowerCase()}`,
    ...(key.deferred ? ['deferrable initially deferred'] : []),
  ].join(' ');
}

export function targetOf(table: PlannedTable, column: string): string {
  const found = table.columns.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (found === undefined) throw new Untranslatable(`${table.source.name} has no column ${column}`);
  return found.target;
}
