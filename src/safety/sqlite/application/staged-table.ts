import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Client } from 'pg';
import { BinaryRows } from '../binary-rows.ts';
import { compareRows } from '../compare.ts';
import { CHUNK_BYTES, copyLine, copyLinesIn } from '../copy.ts';
import { UnusableFile } from '../unusable-file.ts';
import { isReference, TAG_SEPARATOR, TARGETS, type Target } from './staging.ts';

/** What an id of the file becomes: so much is added. */
export type Offsets = Readonly<Record<'users' | 'articles' | 'comments', bigint>>;

/** What puts a table's rows into one order, on either side. */
const KEYS: Readonly<Record<Target, readonly string[]>> = {
  users: ['id'],
  articles: ['id'],
  comments: ['id'],
  favorites: ['user_id', 'article_id'],
  follows: ['follower_id', 'followee_id'],
};

/** The staged rows of one table, on their way to the application's. */
export class StagedTable {
  readonly #database: DatabaseSync;
  readonly #target: Target;
  readonly #offsets: Offsets;
  readonly #names: readonly string[];
  #rows = 0;
  /** SHA-256 of the cells as PostgreSQL is to give them back. */
  #digest = '';

  constructor(database: DatabaseSync, target: Target, offsets: Offsets) {
    this.#database = database;
    this.#target = target;
    this.#offsets = offsets;
    this.#names = [...(TARGETS[target].hasId ? ['id'] : []), ...Object.keys(TARGETS[target].columns)];
  }

  /** Loads the rows by COPY. Returns how many they are. */
  async load(client: Client): Promise<number> {
    const hash = createHash('sha256');
    const copy = `copy public.${this.#target} (${this.#names.join(', ')}) from stdin`;
    await copyLinesIn(client, copy, this.#lines());
    for (const chunk of this.#expected()) hash.update(chunk);
    this.#digest = hash.digest('hex');
    return this.#rows;
  }

  /**
   * Reads what was just loaded, and nothing else, back out.
   * @throws {UnusableFile} where a cell is not what was staged
   */
  async compare(client: Client): Promise<void> {
    const target = this.#target;
    const texts = this.#names.map((name) =>
      name === 'tag_list' ? "array_to_string(tag_list, e'\\x1f')" : `${name}::text`,
    );
    // Without the table's name it would be the text that is sorted.
    const order = KEYS[target].map((key) => `${target}.${key}`).join(', ');
    const difference = await compareRows(
      client,
      `select ${texts.join(', ')} from public.${target}${this.#loadedOnly()} order by ${order}`,
      this.#digest,
      () => this.#expected(),
    );
    if (difference === undefined) return;
    const different = difference.columns.map((index) => this.#names[index]).join(', ') || 'none';
    throw new UnusableFile(
      `Table ${target} is not what was loaded: ${this.#rows} rows were loaded, ${difference.rows} are there; ` +
        `columns with a difference: ${different}. Nothing was imported. This is a defect of the import: please report it.`,
    );
  }

  /** Ids that are not the file's own are larger than all that were there. */
  #loadedOnly(): string {
    const { hasId } = TARGETS[this.#target];
    const offset = this.#offsets[hasId ? (this.#target as keyof Offsets) : 'users'];
    return offset === 0n ? '' : ` where ${KEYS[this.#target][0]} > ${offset}`;
  }

  *#lines(): Generator<string> {
    const tagsAt = this.#names.indexOf('tag_list');
    this.#rows = 0;
    for (const cells of this.#cells()) {
      this.#rows += 1;
      yield copyLine(tagsAt < 0 ? cells : cells.with(tagsAt, arrayLiteral(cells[tagsAt] ?? '')));
    }
  }

  *#expected(): Generator<Buffer> {
    const rows = new BinaryRows();
    for (const cells of this.#cells()) {
      rows.begin(cells.length);
      for (const cell of cells) cell === null ? rows.null() : rows.text(cell);
      if (rows.length >= CHUNK_BYTES) yield rows.take();
    }
    rows.end();
    yield rows.take();
  }

  /** The rows as PostgreSQL is to give them back, tags as one text. */
  *#cells(): Generator<(string | null)[]> {
    const { columns, hasId } = TARGETS[this.#target];
    const own = this.#target as keyof Offsets;
    const expressions = [
      ...(hasId ? [`cast(id + ${this.#offsets[own]} as text)`] : []),
      ...Object.entries(columns).map(([name, column]) => {
        if (isReference(column)) return `cast(${name} + ${this.#offsets[column.references]} as text)`;
        return name === 'tag_list' ? "coalesce(tag_list, '')" : name;
      }),
    ];
    const order = expressions.slice(0, KEYS[this.#target].length).map((key) => `cast(${key} as integer)`);
    const statement = this.#database.prepare(
      `select ${expressions.join(', ')} from temp.staged_${this.#target} order by ${order.join(', ')}`,
    );
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>) {
      yield row.map((value) => (value === null ? null : String(value)));
    }
  }
}

/** PostgreSQL's text of an array of texts. */
function arrayLiteral(joined: string): string {
  if (joined === '') return '{}';
  const items = joined.split(TAG_SEPARATOR).map((item) => `"${item.replaceAll(/["\\]/g, '\\$&')}"`);
  return `{${items.join(',')}}`;
}
