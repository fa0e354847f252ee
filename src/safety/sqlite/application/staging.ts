import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { slugsFor } from '../../../blog/articles/slugs.ts';
import { Misfit, show } from '../values.ts';
import { type Changes, type Conversion, moment, note, passwordHash, slug, text } from './columns.ts';
import type { Mapping, MappingPart } from './mapping.ts';

export type Target = 'users' | 'articles' | 'comments' | 'favorites' | 'follows';

/** Separates tags where they are staged; no tag may contain it. */
export const TAG_SEPARATOR = '\x1f';

/** A row of the file that the application cannot take. */
export type Refusal = {
  readonly target: Target | 'tags';
  /** Its id in the file, or what comes first in the mapping. */
  readonly source: SQLOutputValue;
  readonly column: string;
  readonly problem: string;
  readonly value: string;
  /** The whole row, as JSON. */
  readonly row: string;
};

type Reference = { readonly references: 'users' | 'articles' };
type Column = Conversion | Reference;

export type TargetTable = {
  /** The application's columns in the order they are staged. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns that no two rows may share, each with what its unique index compares. */
  readonly unique: Readonly<Record<string, (value: string) => string>>;
  /** Whether it has ids of its own. */
  readonly hasId: boolean;
};

const user: Column = { references: 'users' };
const article: Column = { references: 'articles' };

const lowerCase = (value: string) => value.toLowerCase();
const asWritten = (value: string) => value;

export const TARGETS: Readonly<Record<Target, TargetTable>> = {
  users: {
    columns: {
      username: text({ longest: 64 }),
      email: text({ longest: 254 }),
      password_hash: passwordHash,
      bio: text({ nullable: true }),
      image: text({ nullable: true }),
      created_at: moment,
      updated_at: moment,
    },
    unique: { username: lowerCase, email: lowerCase },
    hasId: true,
  },
  articles: {
    columns: {
      slug,
      title: text({ longest: 255 }),
      description: text(),
      body: text(),
      tag_list: text({ nullable: true }),
      author_id: user,
      created_at: moment,
      updated_at: moment,
    },
    unique: { slug: asWritten },
    hasId: true,
  },
  comments: {
    columns: { article_id: article, author_id: user, body: text(), created_at: moment, updated_at: moment },
    unique: {},
    hasId: true,
  },
  favorites: { columns: { user_id: user, article_id: article, created_at: moment }, unique: {}, hasId: false },
  follows: { columns: { follower_id: user, followee_id: user, created_at: moment }, unique: {}, hasId: false },
};

export function isReference(column: Column): column is Reference {
  return typeof column === 'object';
}

/**
 * Turns the file's rows into the application's, in temporary tables of SQLite's: converted, numbered, with references
 * that hold and nothing twice. Every row that cannot be is given to `refuse`.
 */
export class Staging {
  readonly #database: DatabaseSync;
  readonly #mapping: Mapping;
  readonly #refuse: (refusal: Refusal) => void;
  readonly #importedAt: string;
  readonly #lookups: Readonly<Record<'users' | 'articles', StatementSync>>;
  readonly changes: Changes = new Map();

  constructor(database: DatabaseSync, mapping: Mapping, importedAt: Date, refuse: (refusal: Refusal) => void) {
    this.#database = database;
    this.#mapping = mapping;
    this.#refuse = refuse;
    this.#importedAt = importedAt.toISOString();
    for (const [name, { columns, unique, hasId }] of Object.entries(TARGETS)) {
      const names = Object.keys(columns);
      const lines = [
        ...(hasId ? ['source unique', 'id integer primary key'] : []),
        ...names,
        ...Object.keys(unique).map((column) => `${column}_key text unique`),
        ...(hasId ? [] : [`primary key (${names.slice(0, 2).join(', ')})`]),
      ];
      database.exec(`create temporary table staged_${name} (${lines.join(', ')})`);
    }
    database.exec('create temporary table staged_tags (article, name, primary key (article, name)) without rowid');
    const lookup = (name: string) => database.prepare(`select id from temp.staged_${name} where source = ?`);
    this.#lookups = { users: lookup('users'), articles: lookup('articles') };
  }

  /** Stages one table; `firstId` numbers its rows from there on, undefined keeps the file's ids. */
  stage(target: Target, firstId: bigint | undefined): void {
    const part: MappingPart | undefined = this.#mapping[target];
    if (part === undefined) return;
    const { columns, unique, hasId } = TARGETS[target];
    const names = Object.keys(columns);
    const staged = [
      ...(hasId ? ['source', 'id'] : []),
      ...names,
      ...Object.keys(unique).map((name) => `${name}_key`),
    ];
    const insert = this.#database.prepare(
      `insert into temp.staged_${target} (${staged.join(', ')}) values (${staged.map(() => '?').join(', ')})`,
    );
    let id = firstId;
    for (const row of this.#read(target, part)) {
      const values = this.#convert(target, row);
      if (values === undefined) continue;
      const key = row.get('id') ?? null;
      const number = id ?? key;
      if (hasId && typeof number !== 'bigint') {
        this.#refuseRow(target, row, 'id', "an id that is no integer; map with ids: 'new'", key);
        continue;
      }
      const keys = Object.entries(unique).map(([name, keyOf]) => keyOf(values[names.indexOf(name)] ?? ''));
      try {
        insert.run(...(hasId ? [key, number] : []), ...values, ...keys);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('UNIQUE')) throw error;
        const column = /\.(\w+?)(_key)?$/.exec(error.message)?.[1] ?? '';
        this.#refuseRow(
          target,
          row,
          column === 'source' ? 'id' : column,
          'what another row has',
          row.get(column) ?? null,
        );
        continue;
      }
      if (id !== undefined) id += 1n;
    }
  }

  /** Stages tags, before the articles that carry them. */
  stageTags(): void {
    const part = this.#mapping.tags;
    if (part === undefined) return;
    const insert = this.#database.prepare('insert or ignore into temp.staged_tags values (?, ?)');
    const convert = text({ longest: 64 });
    for (const row of this.#read('tags', part)) {
      const name = row.get('name') ?? null;
      const converted = convert(name, this.changes);
      if (converted instanceof Misfit) this.#refuseRow('tags', row, 'name', converted.problem, name);
      else if (converted === null || converted.includes(TAG_SEPARATOR)) {
        this.#refuseRow('tags', row, 'name', 'a control character', name);
      } else insert.run(row.get('article_id') ?? null, converted);
    }
  }

  *#read(target: Target | 'tags', { from, where, columns }: MappingPart): Generator<Map<string, SQLOutputValue>> {
    const selected = Object.entries(columns).map(([name, expression]) => `${expression} as "${name}"`);
    if (target === 'articles') selected.push(`${this.#tagsOf(columns.id ?? '')} as tag_list`);
    const order = columns.id === undefined ? '' : ' order by "id"';
    let statement: StatementSync;
    try {
      statement = this.#database.prepare(
        `select ${selected.join(', ')} from ${from}${where === undefined ? '' : ` where ${where}`}${order}`,
      );
    } catch (error) {
      throw new Error(
        `The mapping of ${target} is not understood by SQLite: ${error instanceof Error ? error.message : error}. ` +
          'Correct its from, where and columns.',
      );
    }
    const names = [...Object.keys(columns), ...(target === 'articles' ? ['tag_list'] : [])];
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>) {
      yield new Map(names.map((name, index) => [name, row[index] ?? null]));
    }
  }

  #tagsOf(id: string): string {
    return `(select group_concat(name, char(31)) from temp.staged_tags where article = (${id}))`;
  }

  /** The values of all columns as they are sent; undefined where the row was refused. */
  #convert(target: Target, row: ReadonlyMap<string, SQLOutputValue>): (string | null)[] | undefined {
    const values: (string | null)[] = [];
    for (const [name, column] of Object.entries(TARGETS[target].columns)) {
      const value = this.#valueOf(target, name, row);
      const converted = isReference(column) ? this.#resolve(column.references, value) : column(value, this.changes);
      if (converted instanceof Misfit) {
        this.#refuseRow(target, row, name, converted.problem, value);
        return undefined;
      }
      values.push(converted);
    }
    if (target === 'follows' && values[0] === values[1]) {
      this.#refuseRow(target, row, 'followee_id', 'the follower himself', row.get('followee_id') ?? null);
      return undefined;
    }
    return values;
  }

  /** What the file has, or what stands for it where the mapping names nothing. */
  #valueOf(target: Target, name: string, row: ReadonlyMap<string, SQLOutputValue>): SQLOutputValue {
    const given = row.get(name) ?? null;
    if (row.has(name) && !(name === 'slug' && given === null)) return given;
    if (name === 'created_at') {
      note(this.changes, `${target} have no date of creation in the mapping: the time of the import stands there`);
      return this.#importedAt;
    }
    if (name === 'updated_at') return this.#valueOf(target, 'created_at', row);
    if (name !== 'slug') return null;
    note(this.changes, 'articles got a slug made of their title');
    return this.#freeSlug(String(row.get('title') ?? ''));
  }

  #freeSlug(title: string): string {
    const taken = this.#database.prepare('select 1 from temp.staged_articles where slug_key = ?');
    for (const slug of slugsFor(title)) if (taken.get(slug) === undefined) return slug;
    throw new Error('unreachable: there are slugs without end');
  }

  #resolve(target: 'users' | 'articles', value: SQLOutputValue): string | Misfit {
    const found = this.#lookups[target].get(value) as unknown as readonly SQLOutputValue[] | undefined;
    const id = found?.[0];
    if (typeof id === 'bigint') return String(id);
    return new Misfit(`what refers to no row of ${target} that is imported`);
  }

  #refuseRow(
    target: Target | 'tags',
    row: ReadonlyMap<string, SQLOutputValue>,
    column: string,
    problem: string,
    value: SQLOutputValue,
  ): void {
    const [first = null] = row.values();
    const members = [...row].map(([name, member]) => [name, asJson(member)]);
    const whole = JSON.stringify(Object.fromEntries(members));
    this.#refuse({ target, source: first, column, problem, value: show(value), row: whole });
  }
}

/** A value of a rejected row; what JSON has no number for is a text of its digits. */
function asJson(value: SQLOutputValue): string | number | null | { blob: string } {
  if (value instanceof Uint8Array) return { blob: Buffer.from(value).toString('hex') };
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value;
}
