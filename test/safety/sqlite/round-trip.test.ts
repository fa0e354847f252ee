import type { SQLInputValue } from 'node:sqlite';
import fc from 'fast-check';
import { test } from 'tap';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

const RUNS = 40;

const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const real = fc.double({ noNaN: true });
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
  fc.constantFrom('', '\\N', '\\.', '\\', '\t', '\n', '\r\n', '\ufffd', '\ufeff', '\x01', '\x7f', 'null', "'", '"'),
);
const blob = fc.uint8Array({ maxLength: 40 });

/** A declared type with values that belong there. */
const KINDS: readonly (readonly [declared: string, value: fc.Arbitrary<SQLInputValue>])[] = [
  ['integer', integer],
  ['bigint', integer],
  ['real', real],
  ['varchar(3)', text],
  ['text collate nocase', text],
  ['blob', blob],
  ['', text],
  ['', integer],
  ['', blob],
];

const table = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      name: fc.string({ minLength: 1, maxLength: 80, unit: 'binary' }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      withoutRowid: fc.boolean(),
      rows: fc.array(fc.tuple(...columns.map(({ kind: [, value] }) => fc.option(value, { freq: 5 }))), {
        maxLength: 30,
      }),
    }),
  );

/** Columns whose names SQLite takes for one are numbered. */
function nameOf(name: string, index: number): string {
  const usable = name.replaceAll('\0', '0').replaceAll('"', '""');
  return `"${index} ${usable}"`;
}

test('random tables arrive as they are, to the last bit', async (t) => {
  const url = await createDatabase(t, 'empty');
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, withoutRowid, rows }) => {
      const definitions = columns.map(({ kind: [declared], name }, index) => `${nameOf(name, index)} ${declared}`);
      const file = sqliteFile(
        t,
        `create table item (id integer primary key, ${definitions.join(', ')})${withoutRowid ? ' without rowid' : ''}`,
        {
          fill: (database) => {
            const marks = columns.map(() => '?').join(', ');
            const insert = database.prepare(`insert into item values (?, ${marks})`);
            for (const [index, row] of rows.entries()) insert.run(index, ...row);
          },
        },
      );
      await sql(url, 'drop schema if exists old cascade');
      const report = await importFile(url, file);
      t.equal(report.tables[0]?.rows, rows.length);
      const arrived = await sql<Record<string, unknown>>(url, 'select * from old.item order by id');
      t.same(
        arrived.map((row) => Object.values(row).slice(1).map(bits)),
        rows.map((row) => row.map(bits)),
      );
    }),
    { numRuns: RUNS },
  );
});

/** node-postgres gives integers as text: here they are texts on both sides, real numbers their bits. */
function bits(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return `real ${Buffer.from(Float64Array.of(value + 0).buffer).toString('hex')}`;
  return value instanceof Uint8Array ? `blob ${Buffer.from(value).toString('hex')}` : value;
}
