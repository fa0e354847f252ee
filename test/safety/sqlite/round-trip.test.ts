import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import fc from 'fast-check';
import { test } from 'tap';
import { BATCH_BYTES, rowsInBatches } from '../../../src/safety/sqlite/row-batches.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

const RUNS = 40;

const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
// In a column of type real SQLite keeps no sign of a zero.
const real = fc.double({ noNaN: true }).map((value) => value + 0);
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

test('rows that an index has whole are read back in the order they were loaded', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    `create table log (line text not null);
     create index log_line on log (line);
     create table pages (url text primary key);`,
    {
      fill: (database) => {
        database.exec(`
          with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 20000)
          insert into log select printf('%.*c', 100, 'a') || (n % 3) from numbers;
          with recursive numbers (n) as (select 4000 union all select n - 1 from numbers where n > 1)
          insert into pages select 'https://example.net/' || n || '/' || printf('%.*c', 1000, 'a') from numbers`);
      },
    },
  );
  t.match(await importFile(url, file), { tables: [{ rows: 20_000 }, { rows: 4000 }] });
});

test('rows arrive whatever their size, and however far apart their rowids are', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    // Most values of the last column are no booleans: all rows have to be looked at, as these are far apart.
    `create table item (id integer primary key, body text, ready boolean);
     with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5000)
     insert into item
     select n, iif(n % 2000 = 1000, printf('%.*c', 100000, 'a'), 'short') || n, 'yes' from numbers
     union all values (-9223372036854775808, 'first', 'no'), (-7, 'second', 'no'), (9223372036854775807, 'last', 'no')`,
  );
  t.match(await importFile(url, file), {
    tables: [{ rows: 5003, columns: [{ type: 'bigint' }, { type: 'text' }, { type: 'text' }] }],
  });
  t.match(
    await sql(
      url,
      `select (array_agg(body order by id))[1:2] as first, count(*) filter (where length(body) > 100000)::integer as long,
         count(*) filter (where id between 1 and 5000 and body like '%' || id)::integer as whole
       from old.item`,
    ),
    [{ first: ['first', 'second'], long: 3, whole: 5000 }],
  );
});

test('the larger the values of a table are, the fewer of its rows are in memory', (t) => {
  const database = new DatabaseSync(':memory:', { returnArrays: true });
  t.teardown(() => database.close());
  /** The bytes of those rows that were read and not given yet, by their ids. */
  const held = new Map<SQLInputValue, number>();
  database.function('seen', (id, body) => {
    held.set(id, String(body).length);
    return body;
  });
  database.exec(
    `create table item (id integer primary key, body text);
     with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 4000)
     insert into item select n, printf('%.*c', iif(n < 2000, 10, iif(n < 3000, 12000, 3000)), 'a') from numbers`,
  );
  const columns = ['id', 'seen(id, body)'];
  let most = 0;
  let next = 1;
  for (const [id] of rowsInBatches(database, { columns, table: 'item', rowid: 'id', rowidAt: 0 })) {
    most = Math.max(
      most,
      [...held.values()].reduce((sum, bytes) => sum + bytes, 0),
    );
    if (id !== next) t.fail(`row ${String(id)} came in place of ${next}`);
    held.delete(id ?? null);
    next += 1;
  }
  t.equal(next, 4001, 'every row came once');
  t.ok(most > 0 && most <= BATCH_BYTES, `at most ${most} bytes are held`);
  t.end();
});

test('the type is decided by all rows where most of them are close together, and few far away', async (t) => {
  const url = await createDatabase(t, 'empty');
  const file = sqliteFile(
    t,
    `create table item (id integer primary key, created_at datetime);
     with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 20000)
     insert into item select n, datetime(1600000000 + n, 'unixepoch') from numbers;
     with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 300)
     insert into item select (1000000 + n * 5000) << 40, 1600000000 + n from numbers`,
  );
  t.match(await importFile(url, file, { rejects: true }), {
    tables: [{ rows: 20_000, rejected: 300, columns: [{ type: 'bigint' }, { type: 'timestamp' }] }],
  });
});

const DAY = 86_400_000;
const [FIRST_DAY, LAST_DAY] = [Date.parse('0001-01-01') / DAY, Date.parse('9999-12-31') / DAY];
const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
const day = fc
  .oneof(fc.integer({ min: FIRST_DAY + 1, max: LAST_DAY - 1 }), fc.constantFrom(-1, 0, 10_956, 10_957, 11_016))
  .map((days) => new Date(days * DAY).toISOString().slice(0, 10));
const decimals = fc.option(fc.stringMatching(/^\.[0-9]{1,6}$/), { nil: '' });
const time = fc.tuple(two(23), two(59), two(59), decimals).map(([h, m, s, end]) => `${h}:${m}:${s}${end}`);
const separator = fc.constantFrom(' ', 'T');
const zone = fc.oneof(
  fc.constant('Z'),
  fc
    .tuple(fc.constantFrom('+', '-'), two(15), two(59))
    .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
);

/** SQLite makes integers of whole numbers where it can. */
const textOf = (value: string | number) =>
  String(Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63 ? BigInt(value) : value);

test('PostgreSQL reads the same moment and the same number out of what SQLite has', async (t) => {
  const url = await createDatabase(t, 'empty');
  const row = fc.record({
    date: day,
    time,
    timestamp: fc.tuple(day, separator, time).map((parts) => parts.join('')),
    timestamptz: fc.tuple(day, separator, time, zone).map((parts) => parts.join('')),
    numeric: fc.oneof(
      fc.double({ noNaN: true, min: -1e200, max: 1e200 }),
      fc.integer(),
      fc.constantFrom(0, 1e4, 1e-4, Number.POSITIVE_INFINITY),
    ),
  });
  const types = ['date', 'time', 'timestamp', 'timestamptz', 'numeric'] as const;
  const file = (rows: readonly Record<(typeof types)[number], string | number>[]) =>
    sqliteFile(
      t,
      `create table item (date date, date_text text, time time, time_text text, timestamp timestamp, timestamp_text text,
         timestamptz timestamp, timestamptz_text text, numeric numeric, numeric_text text)`,
      {
        fill: (database) => {
          const insert = database.prepare('insert into item values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
          for (const values of rows) insert.run(...types.flatMap((type) => [values[type], textOf(values[type])]));
        },
      },
    );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 300, maxLength: 300 }), async (rows) => {
      await sql(url, 'drop schema if exists old cascade');
      const report = await importFile(url, file(rows));
      t.same(
        report.tables[0]?.columns.filter(({ name }) => !name.endsWith('_text')).map(({ type }) => type),
        types,
      );
      for (const type of types) {
        t.same(
          await sql(
            url,
            `select ${type}, ${type}_text from old.item where ${type} is distinct from ${type}_text::${type}`,
          ),
          [],
        );
      }
    }),
    { numRuns: 3 },
  );
});

/** node-postgres gives integers as text: here they are texts on both sides, real numbers their bits. */
function bits(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return `real ${Buffer.from(Float64Array.of(value).buffer).toString('hex')}`;
  return value instanceof Uint8Array ? `blob ${Buffer.from(value).toString('hex')}` : value;
}
