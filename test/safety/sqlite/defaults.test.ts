import { DatabaseSync } from 'node:sqlite';
import { test } from 'tap';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

/** Columns, each with its default. */
type Defaults = Readonly<Record<string, string>>;

const LITERALS: Defaults = {
  zeros: 'text default 007',
  below: 'text default -0',
  spaced: "text default ' A  b '",
  yes: 'text default true',
  number: "int default '007'",
  large: 'int default 1e3',
  real: "real default '.5e1'",
};

const MOMENTS: Defaults = {
  words: 'text default current_timestamp',
  brackets: "text default ( DateTime ( 'now' ) )",
  format: "text default (strftime('%Y-%m-%d %H:%M:%S', 'now'))",
  epoch: "text default (StrFTime('%s', 'now'))",
  seconds: 'int default (unixepoch())',
};

const NOT_KEPT: Defaults = {
  second: "text default (strftime('%S', 'now'))",
  joined: "text default (strftime('%Y-%m-%d%H:%M:%S', 'now'))",
  swapped: "text default (strftime('%Y-%M-%d %H:%m:%S', 'now'))",
  blanks: "text default (strftime(' %s', 'now'))",
  twice: 'text default (- -5)',
  hexadecimal: "int default '0x10'",
  endless: "real default 'Infinity'",
};

test('a default means the same after the import, or is listed', async (t) => {
  const columns = Object.entries({ ...LITERALS, ...MOMENTS, ...NOT_KEPT }).map((column) => column.join(' '));
  const file = sqliteFile(t, `create table item (${columns.join(', ')})`);
  const url = await createDatabase(t, 'empty');
  const { notKept } = await importFile(url, file);
  t.same(
    notKept.map(({ what }) => /^default .* of item\.(\w+)$/.exec(what)?.[1]).filter((name) => name !== undefined),
    Object.keys(NOT_KEPT),
  );

  const database = new DatabaseSync(file);
  t.teardown(() => database.close());
  const ours = database.prepare('insert into item default values returning *').get() ?? {};
  const [theirs = {}] = await sql<Record<string, unknown>>(url, 'insert into old.item default values returning *');
  for (const name of Object.keys(LITERALS)) t.equal(`${theirs[name]}`, `${ours[name]}`, name);
  for (const name of Object.keys(MOMENTS)) {
    const [there, here] = [theirs[name], ours[name]].map((value) => momentOf(`${value}`));
    t.ok(Math.abs((there ?? Number.NaN) - (here ?? Number.NaN)) <= PATIENCE_MS, `${name}: ${theirs[name]}`);
  }
  for (const name of Object.keys(NOT_KEPT)) t.equal(theirs[name], null, name);
});

/** Between the two rows; far less than what another format makes of it. */
const PATIENCE_MS = 60_000;

/** In milliseconds: of what is written in seconds since 1970, or as SQLite writes it. NaN for anything else. */
function momentOf(text: string): number {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
}
