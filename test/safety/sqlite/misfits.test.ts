import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { test } from 'tap';
import { runCommand } from '../../support/command-line.ts';
import { createdIn } from '../../support/migrations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

/** A declared type, values that fit it, one that does not, and what is said about it. */
const MISFITS: readonly (readonly [declared: string, fits: SQLInputValue[], misfit: string, said: RegExp])[] = [
  ['integer', [1], `'twelve'`, /holds text: "twelve"/],
  ['integer', [1], '1.5', /holds a real number: 1\.5/],
  ['integer', [1], '9223372036854775808', /holds a real number: 9223372036854776000/],
  ['integer', [1], '9e999', /holds a real number: Infinity/],
  ['integer', [1], `x'ff00'`, /holds a blob: x'ff00…?' \(2 bytes\)/],
  ['text', ['a'], `'a' || char(0) || 'b'`, /holds a text with a NUL character: "a\\u0000b"/],
  ['text', ['a'], `cast(x'61ff62' as text)`, /holds a text with bytes that are no valid characters: "a\\ufffdb"/],
  ['text', ['a'], `cast(x'eda080' as text)`, /no valid characters/],
  ['text', ['a'], `x'00'`, /holds a blob/],
  ['real', [1.5], `'much'`, /holds text: "much"/],
  ['decimal(10, 2)', [1.5], `'much'`, /holds text/],
  ['boolean', [1, 0, 1], '2', /neither 0 nor 1: 2/],
  ['boolean', [1, 0, 1], `'yes'`, /holds text: "yes"/],
  [
    'datetime',
    ['2024-01-01 00:00:00', '2024-01-01 00:00:00'],
    `'2024-02-30 00:00:00'`,
    /not a timestamp.*2024-02-30/,
  ],
  ['datetime', ['2024-01-01 00:00:00', '2024-01-01 00:00:00'], `'0000-00-00 00:00:00'`, /0000-00-00/],
  ['datetime', ['2024-01-01 00:00:00', '2024-01-01 00:00:00'], `'2024-01-01 24:00:00'`, /24:00:00/],
  ['datetime', ['2024-01-01 00:00:00', '2024-01-01 00:00:00'], '1700000000', /holds an integer: 1700000000/],
  ['datetime', ['2024-01-01 00:00:00', '2024-01-01 00:00:00'], `'2024-01-01 00:00:00.1234567'`, /1234567/],
  ['datetime', ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'], `'2024-01-01T00:00:00'`, /not a timestamptz/],
  ['date', ['2024-01-01', '2024-01-02'], `'yesterday'`, /not a date.*yesterday/],
  ['date', ['2024-01-01', '2024-01-02'], `'2023-02-29'`, /2023-02-29/],
  ['', ['a', 'b'], '7', /holds an integer: 7/],
  ['blob', [Buffer.from('a'), Buffer.from('b')], `'text'`, /holds text/],
];

test('a value that does not fit fails the import with table, column, row and value, and nothing is imported', async (t) => {
  const url = await createDatabase(t, 'empty');
  const before = await createdIn(url);
  for (const [declared, fits, misfit, said] of MISFITS) {
    const file = sqliteFile(t, `create table first (id integer); create table item (value ${declared})`, {
      fill: (database) => {
        for (const value of fits) database.prepare('insert into item values (?)').run(value);
        database.exec(`insert into item (rowid, value) values (41, ${misfit})`);
      },
    });
    const failure = await importFile(url, file).catch((error: Error) => error.message);
    t.match(failure, /item\.value, rowid 41: holds/, `${declared}: ${misfit}`);
    t.match(failure, said);
    t.match(failure, /--rejects/);
    t.same(await createdIn(url), before);
  }
});

test('with --rejects the same values go to a table, whole, and all else is imported', async (t) => {
  const url = await createDatabase(t, 'empty');
  for (const [index, [declared, fits, misfit]] of MISFITS.entries()) {
    const file = sqliteFile(t, `create table item (value ${declared}, more text)`, {
      fill: (database) => {
        for (const value of fits) database.prepare('insert into item values (?, null)').run(value);
        database.exec(`insert into item (rowid, value, more) values (41, ${misfit}, 'kept "too"')`);
      },
    });
    const schema = `old_${index}`;
    const { tables } = await importFile(url, file, { schema, rejects: true });
    t.match(tables, [{ rows: fits.length, rejected: 1 }], `${declared}: ${misfit}`);
    const rejects = await sql(
      url,
      `select table_name, "rowid", column_name, problem, "row" ->> 'more' as more from ${schema}.rejects`,
    );
    t.match(rejects, [
      { table_name: 'item', rowid: '41', column_name: 'value', problem: /^holds /, more: 'kept "too"' },
    ]);
  }
});

test('nothing of a rejected row gets lost', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    `create table item (id integer primary key, a int, b text, c blob, d real);
     insert into item values (1, 'x', 'a' || char(0) || 'é', x'00ff', 9e999), (2, 9223372036854775807, cast(x'ff' as text), null, 0.1)`,
  );
  await importFile(url, file, { rejects: true });
  const rows = await sql<{ row: string }>(url, `select "row"::text from old.rejects order by "rowid"`);
  t.same(
    rows.map(({ row }) => row),
    [
      '{"id": 1, "a": "x", "b": {"text":"a\ufffdé","bytes":"6100c3a9"}, "c": {"blob": "00ff"}, "d": {"real": "Infinity"}}',
      '{"id": 2, "a": 9223372036854775807, "b": {"text":"\ufffd","bytes":"ff"}, "c": null, "d": 0.1}',
    ],
  );
});

const FAMILY = `
  create table parent (id integer primary key, n int);
  create table child (a text, b int, parent int references parent, primary key (a, b)) without rowid;
  create table grandchild (a text, b int, foreign key (a, b) references child);
  insert into parent values (1, 1), (2, 'no number');
  insert into child values ('x', 1, 1), ('y', 2, 2), ('z', 3, null);
  insert into grandchild values ('x', 1), ('y', 2), ('z', 3), ('z', null), ('nobody', 9);
`;

test('rows that refer to rejected rows are rejected too, and those that refer to none', async (t) => {
  const url = await createDatabase(t, 'empty');
  const { tables } = await importFile(url, sqliteFile(t, FAMILY), { rejects: true });
  t.match(tables, [
    { source: 'child', rows: 2, rejected: 1 },
    { source: 'grandchild', rows: 3, rejected: 2 },
    { source: 'parent', rows: 1, rejected: 1 },
  ]);
  const rejects = await sql(url, 'select table_name, "rowid", column_name, problem from old.rejects order by 1, 2');
  t.match(rejects, [
    { table_name: 'child', rowid: null, column_name: 'parent', problem: /refers to a row of parent/ },
    { table_name: 'grandchild', rowid: '2', column_name: 'a, b' },
    { table_name: 'grandchild', rowid: '5' },
    { table_name: 'parent', rowid: '2', column_name: 'n' },
  ]);
});

test('without --rejects rows that refer to nothing fail the import before it begins', async (t) => {
  const url = await createDatabase(t, 'empty');
  await t.rejects(
    importFile(url, sqliteFile(t, FAMILY)),
    /grandchild, rowid 5: refers to a row of child.*--rejects/s,
  );
  t.same(await sql(url, `select from pg_namespace where nspname = 'old'`), []);
});

test('all problems are counted, and the first ones shown', async (t) => {
  const environment = { DATABASE_URL: await createDatabase(t, 'empty') };
  const file = sqliteFile(t, 'create table item (n int)', {
    fill: (database: DatabaseSync) => {
      for (let n = 0; n < 25; n += 1) database.exec(`insert into item values ('${'long '.repeat(40)}${n}')`);
    },
  });
  const { code, stdout, stderr } = await runCommand(t, ['import:sqlite', file], { environment });
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /\(25 rows\)/);
  t.match(stderr, /rowid 1: holds text: "long .*…" \(\d+ characters\)/);
  t.match(stderr, /and 15 more/);
  t.notMatch(stderr, /^\s+at /m);
});

test('a cell that is another in PostgreSQL fails the import, with its column', async (t) => {
  const url = await createDatabase(t, 'empty');
  await sql(
    url,
    `create function meddle() returns event_trigger language plpgsql as $$
       begin update old.item set size = 0 where id = 3; end $$;
     create event trigger meddle on ddl_command_end when tag in ('ALTER TABLE') execute function meddle()`,
  );
  const file = sqliteFile(
    t,
    `create table item (id integer primary key, name text, size real);
     insert into item values (1, 'a', 0.5), (2, 'b', 1.5), (3, null, null)`,
  );
  await t.rejects(
    importFile(url, file),
    /item is not the same.* 3 rows were read, 3 are there.*difference: size\. Nothing/,
  );
  t.same(await sql(url, `select from pg_namespace where nspname = 'old'`), []);
});

const UTF16_TEXTS = ['', 'ä', '€ \ufeff', '\u{1f600}', '\ud83d\ude00\u{10ffff}', '\ufffd'];

test('of a file in UTF-16, halves of characters are no text, whole ones are', async (t) => {
  const url = await createDatabase(t, 'empty');
  for (const [encoding, halves] of [
    ['UTF-16le', ['00d84100', '00dc4100', '410000d8']],
    ['UTF-16be', ['d8000041', 'dc000041', '0041dc00']],
  ] as const) {
    const file = sqliteFile(
      t,
      `pragma encoding = '${encoding}'; create table item (id integer primary key, value text)`,
      {
        fill: (database) => {
          const insert = database.prepare('insert into item (value) values (?)');
          for (const text of UTF16_TEXTS) insert.run(text);
          for (const half of halves) database.exec(`insert into item (value) values (cast(x'${half}' as text))`);
        },
      },
    );
    await t.rejects(
      importFile(url, file),
      /\(3 rows\).*item\.value, rowid 7: holds a text with bytes that are no/s,
    );
    await importFile(url, file, { rejects: true });
    const arrived = await sql<{ value: string }>(url, 'select value from old.item order by id');
    t.same(
      arrived.map(({ value }) => value),
      UTF16_TEXTS,
    );
    const rejects = await sql<{ bytes: string }>(
      url,
      `select "row" -> 'value' ->> 'bytes' as bytes from old.rejects order by "rowid"`,
    );
    t.same(
      rejects.map(({ bytes }) => bytes),
      halves,
    );
    await sql(url, 'drop schema old cascade');
  }
});

test('a column that PostgreSQL cannot compute fails the import, with its table and row', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    `create table item (size real, doubled real generated always as (size * 2));
     insert into item (size) values (1.5), (1e308)`,
  );
  await t.rejects(
    importFile(url, file),
    /column of table item \(doubled\): .*overflow.*line 2.*Nothing was imported/,
  );
});

test('a computed zero is one whatever its sign', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    `create table item (id integer primary key, size real, turned real generated always as (size * -1.0));
     insert into item (size) values (0.0), (0.5)`,
  );
  await importFile(url, file);
  t.same(await sql(url, 'select turned from old.item order by id'), [{ turned: -0 }, { turned: -0.5 }]);
});
