import { DatabaseSync } from 'node:sqlite';
import { test } from 'tap';
import { type Scope, translate, translateCondition } from '../../../src/safety/sqlite/expressions.ts';
import { Untranslatable } from '../../../src/safety/sqlite/operations.ts';
import { createDatabase, sql } from '../../support/shared-servers.ts';

const SCOPE: Scope = new Map(
  Object.entries({
    n: 'bigint',
    m: 'bigint',
    r: 'double precision',
    t: 'text',
    u: 'text',
    f: 'boolean',
  } as const).map(([name, type]) => [name, { name, type, collation: name === 'u' ? 'NOCASE' : 'BINARY' }]),
);

/** Expressions that are translated: they must mean the same for every row below. */
const SAME = [
  'n > 1 and n <= 5 or not m = 3',
  'n between 1 and 5',
  'n not between m and 5',
  'n in (1, 2, 3)',
  'n not in (1, null)',
  'n is null',
  'n is not m',
  'n is 1',
  't isnull',
  't not null',
  'n + m * 2 - 1',
  'n / m',
  'n % m',
  '-n',
  'r * 2 + n',
  'r / m',
  'n - m > 0',
  'f',
  'f = 1',
  'f in (0, 1)',
  'not f',
  'n',
  'not n',
  'length(t)',
  'length(trim(t)) > 0',
  'lower(t)',
  'upper(t)',
  'substr(t, 1, 2)',
  'substr(t, 2)',
  "replace(t, 'a', 'bb')",
  "instr(t, 'b')",
  'ltrim(t)',
  "rtrim(t, 'c ')",
  "coalesce(t, 'none')",
  'ifnull(n, m)',
  'nullif(n, 1)',
  'abs(n)',
  "t || '-' || n",
  "t like 'A%'",
  "t not like '%b_'",
  "t glob 'a*'",
  "t glob '*[a-c]?'",
  "t glob '[^a]*.x'",
  "t = 'abc'",
  "t < 'b'",
  't = u',
  "u = 'ABC'",
  "u in ('ABC', 'é')",
  "u > 'b'",
  "t collate nocase = 'ABC'",
  'u collate binary = t',
  "case when n > 1 then 'many' when n = 1 then 'one' else t end",
  'case n when 1 then m else n end',
  'typeof(n)',
  'typeof(t)',
  'cast(n as text)',
  't = "abc"',
  'n <> 1 or 1',
  'n == m',
  '1 + 2 * 3 > n - 1 - 1',
];

const ROWS = [
  [1, 2, 1.5, 'abc', 'ABC', 1],
  [0, 0, 0, '', '', 0],
  [null, null, null, null, null, null],
  [5, 3, -0.1, 'Abc', 'é', 1],
  [-7, 2, 1e300, ' ab c ', 'É', 0],
  [-7, -2, -2.5, 'ÄÖÜäöüßİ', 'b', null],
  [3, null, 2, 'x.x', 'X.X', 1],
  [2, 1, null, '\u{1f600}a\nb', 'abc', 0],
] as const;

test('a translated expression means the same in PostgreSQL', async (t) => {
  const url = await createDatabase(t, 'empty');
  await sql(
    url,
    'create table x (id int, n bigint, m bigint, r float8, t text collate "C", u text collate "C", f boolean)',
  );
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
  database.exec('create table x (id int, n int, m int, r real, t text, u text collate nocase, f boolean)');
  for (const [id, row] of ROWS.entries()) {
    database.prepare('insert into x values (?, ?, ?, ?, ?, ?, ?)').run(id, ...row);
    const flag = row[5] === null ? null : row[5] === 1;
    await sql(url, 'insert into x values ($1, $2, $3, $4, $5, $6, $7)', [id, ...row.slice(0, 5), flag]);
  }
  for (const expression of SAME) {
    const translated = translate(expression, SCOPE);
    const theirs = await sql<{ value: unknown }>(url, `select ${translated.sql} as value from x order by id`);
    const ours = database.prepare(`select ${expression} as value from x order by id`).all();
    t.same(
      theirs.map(({ value }) => plain(value)),
      ours.map(({ value }) => plain(value)),
      `${expression}: ${translated.sql}`,
    );
  }
});

/** Booleans as SQLite has them; what node-postgres gives as text is a number here. */
function plain(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}

test('where there is doubt, an expression is not translated', (t) => {
  for (const expression of [
    "date('now') > t",
    'round(r)',
    'random()',
    'n > t',
    'n || r',
    'max(n, m)',
    'r % 2',
    "t like 'a\\%'",
    "t like 'a' escape 'x'",
    'substr(t, -1)',
    't',
    'unknown_column = 1',
    'n = 1 = 1',
    'exists (select 1)',
    'n & 1',
    '0x10 = n',
    'cast(t as integer)',
    'json_valid(t)',
    "t regexp 'a'",
    'n >',
    '(n',
    "printf('%d', n)",
    't collate other = u',
  ]) {
    t.equal(isTranslated(expression), false, expression);
  }
  t.end();
});

function isTranslated(expression: string): boolean {
  try {
    translateCondition(expression, SCOPE);
    return true;
  } catch (error) {
    if (error instanceof Untranslatable) return false;
    throw error;
  }
}
