import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Client } from 'pg';
import { list } from '../checks.ts';
import { copyLine, copyLinesIn } from '../copy.ts';
import { createRejectsTable } from '../rejects.ts';
import { createSchema } from '../target-schema.ts';
import { UnusableFile } from '../unusable-file.ts';
import { show } from '../values.ts';
import type { Refusal } from './staging.ts';

const LISTED = 10;

/** Rows that the application cannot take, kept in a temporary table of SQLite's, so that there may be many. */
export class Refusals {
  readonly #database: DatabaseSync;
  readonly #first: string[] = [];
  count = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec('create temporary table refusals (tbl text, id integer, col text, problem text, row text)');
  }

  add({ target, source, column, problem, value, row }: Refusal): void {
    this.count += 1;
    if (this.#first.length < LISTED) {
      this.#first.push(`${target}.${column}, row ${show(source)}: holds ${problem}: ${value}`);
    }
    this.#database
      .prepare('insert into temp.refusals values (?, ?, ?, ?, ?)')
      .run(target, typeof source === 'bigint' ? source : null, column, `holds ${problem}`, row);
  }

  throwIfAny(): void {
    if (this.count === 0) return;
    throw new UnusableFile(
      `The application cannot take ${this.count} rows. Nothing was imported.\n${list(this.#first, this.count)}\n` +
        'Correct them in SQLite or in the mapping, or import with --rejects, which puts such rows aside.',
    );
  }

  *lines(): Generator<string> {
    const statement = this.#database.prepare('select tbl, cast(id as text), col, problem, row from temp.refusals');
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<SQLOutputValue[]>) {
      yield copyLine(row.map((value) => (value === null ? null : String(value))));
    }
  }
}

/** Puts them into a table, in a schema that is created for it. */
export async function storeRefusals(
  client: Client,
  schema: string,
  table: string,
  refusals: Refusals,
): Promise<void> {
  await createSchema(client, schema);
  await client.query(createRejectsTable(table));
  await copyLinesIn(client, `copy ${table} from stdin`, refusals.lines());
}
