import { BinaryRows } from './binary-rows.ts';
import { translate } from './expressions.ts';
import { Untranslatable } from './operations.ts';
import { quoteText } from './quoting.ts';
import { readTemporal } from './temporal.ts';
import { tokenize } from './tokens.ts';
import { codecOf, type TargetType } from './values.ts';

const NOW = 'statement_timestamp()';
const UTC = `${NOW} at time zone 'UTC'`;

/** SQLite's ways to say now, in UTC and to the second, as `normalized` writes them. */
const MOMENTS: Readonly<Record<string, 'timestamp' | 'date' | 'time' | 'epoch'>> = {
  current_timestamp: 'timestamp',
  "datetime('now')": 'timestamp',
  'datetime()': 'timestamp',
  "strftime('%Y-%m-%d %H:%M:%S','now')": 'timestamp',
  current_date: 'date',
  "date('now')": 'date',
  'date()': 'date',
  current_time: 'time',
  "time('now')": 'time',
  'time()': 'time',
  'unixepoch()': 'epoch',
  "unixepoch('now')": 'epoch',
  "strftime('%s','now')": 'epoch',
};

const FORMATS = { timestamp: 'YYYY-MM-DD HH24:MI:SS', date: 'YYYY-MM-DD', time: 'HH24:MI:SS' } as const;

/**
 * PostgreSQL's expression for a default of SQLite's; undefined for null, which needs none.
 * @throws {Untranslatable}
 */
export function translateDefault(sql: string, type: TargetType): string | undefined {
  const moment = MOMENTS[normalized(sql)];
  if (moment !== undefined) return now(moment, type);
  const { kind, literal, sql: expression } = translate(unquoted(sql), new Map());
  if (kind === 'null') return undefined;
  if (literal !== undefined) return literalDefault(literal, kind, type);
  if (kind === type) return expression;
  if (kind === 'condition' && type === 'boolean') return expression;
  throw new Untranslatable(`${kind} in a column of ${type}`);
}

/** Without white space, comments and brackets around it, and in lower case; texts stay as they are. */
function normalized(sql: string): string {
  const parts = tokenize(sql).map(({ kind, text, start, end }) =>
    kind === 'name' ? text.toLowerCase() : sql.slice(start, end),
  );
  return parts.join('').replace(/^\((.*)\)$/s, '$1');
}

/** A bare word is a text as a default, as in DEFAULT draft. */
function unquoted(sql: string): string {
  const [token, ...more] = tokenize(sql);
  const isBare = token?.kind === 'name' && more.length === 0 && !/^(null|true|false)$/i.test(token.text);
  return isBare ? quoteText(token.text) : sql;
}

function now(moment: (typeof MOMENTS)[string], type: TargetType): string {
  if (moment === 'epoch' && type === 'bigint') return `floor(extract(epoch from ${NOW}))::bigint`;
  if (moment === 'epoch' && type === 'text') return `floor(extract(epoch from ${NOW}))::bigint::text`;
  if (moment === 'epoch') throw new Untranslatable(`seconds since 1970 in a column of ${type}`);
  if (type === 'text') return `to_char(${UTC}, '${FORMATS[moment]}')`;
  if (type === 'timestamptz' && moment === 'timestamp') return `date_trunc('second', ${NOW})`;
  if (type === 'timestamp' && moment !== 'time') {
    return `date_trunc('${moment === 'date' ? 'day' : 'second'}', ${UTC})`;
  }
  if (type === moment) return moment === 'date' ? `(${UTC})::date` : `date_trunc('second', ${UTC})::time`;
  throw new Untranslatable(`the present ${moment} in a column of ${type}`);
}

const INTEGER = /^-?\d+$/;
/** What SQLite takes for a number in a text, with nothing around it. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A default goes into its column as an inserted value would, so the column's affinity decides. */
function literalDefault(literal: string, kind: string, type: TargetType): string {
  if (type === 'text' && kind === 'text') return quoteText(literal);
  if (type === 'text' && kind !== 'bytea') {
    if (kind !== 'bigint' || !INTEGER.test(literal)) throw new Untranslatable(`${literal} in a column of text`);
    return quoteText(String(BigInt(literal)));
  }
  if (kind === 'bytea' || type === 'bytea') {
    if (kind !== type) throw new Untranslatable(`${kind} in a column of ${type}`);
    return `'\\x${literal.toLowerCase()}'::bytea`;
  }
  if (type === 'date' || type === 'time' || type === 'timestamp' || type === 'timestamptz') {
    const moment = readTemporal(type, literal);
    if (moment === undefined) throw new Untranslatable(`${quoteText(literal)} in a column of ${type}`);
    return `${type} ${quoteText(moment)}`;
  }
  if (!NUMBER.test(literal)) throw new Untranslatable(`${quoteText(literal)} in a column of ${type}`);
  const given = INTEGER.test(literal) ? BigInt(literal) : integral(Number(literal));
  if (codecOf(type)(given, new BinaryRows()) !== undefined) {
    throw new Untranslatable(`${literal} in a column of ${type}`);
  }
  return type === 'boolean' ? String(given === 1n) : `${quoteText(`${given}`)}::${type}`;
}

/** Numbers without decimals become integers in a column that prefers them. */
function integral(value: number): number | bigint {
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}
