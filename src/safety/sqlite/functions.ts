import { commonKind, type Kind, type Translated, Untranslatable } from './operations.ts';

const KIND_NAMES: Partial<Record<Kind, string>> = {
  bigint: 'integer',
  boolean: 'integer',
  'double precision': 'real',
  text: 'text',
  date: 'text',
  time: 'text',
  timestamp: 'text',
  timestamptz: 'text',
  bytea: 'blob',
};

/** The functions that mean the same in both, for the kinds of arguments named. */
export function callFunction(name: string, values: readonly Translated[]): Translated {
  const kinds = values.map(({ kind }) => kind).join(', ');
  const sql = values.map((value) => value.sql).join(', ');
  const [first = { sql: '', kind: 'null' as const }] = values;
  switch (`${name}(${kinds})`) {
    case 'length(text)':
      return { sql: `char_length(${sql})`, kind: 'bigint' };
    case 'length(bytea)':
    case 'octet_length(bytea)':
    case 'octet_length(text)':
      return { sql: `octet_length(${sql})`, kind: 'bigint' };
    case 'lower(text)':
    case 'upper(text)':
      return { sql: `${name}(${sql} collate "C")`, kind: 'text' };
    case 'trim(text)':
    case 'trim(text, text)':
      return { sql: `btrim(${sql})`, kind: 'text' };
    case 'ltrim(text)':
    case 'ltrim(text, text)':
    case 'rtrim(text)':
    case 'rtrim(text, text)':
    case 'replace(text, text, text)':
      return { sql: `${name}(${sql})`, kind: 'text' };
    case 'instr(text, text)':
      return { sql: `strpos(${sql})`, kind: 'bigint' };
    case 'abs(bigint)':
    case 'abs(double precision)':
      return { sql: `abs(${sql})`, kind: first.kind };
    case 'hex(bytea)':
      return { sql: `upper(encode(${sql}, 'hex'))`, kind: 'text' };
  }
  if (name === 'substr' || name === 'substring') {
    const positions = values.slice(1).map(({ literal }) => Number(literal ?? Number.NaN));
    if (first.kind === 'text' && (positions[0] ?? 0) >= 1 && (positions[1] ?? 0) >= 0) {
      return { sql: `substr(${sql})`, kind: 'text' };
    }
  }
  if (name === 'coalesce' || name === 'ifnull') return { sql: `coalesce(${sql})`, kind: commonKind(values) };
  if (name === 'nullif' && values.length === 2) {
    commonKind(values);
    if (values.every(({ collation = 'BINARY' }) => collation === 'BINARY')) {
      return { sql: `nullif(${sql})`, kind: first.kind };
    }
  }
  const kind = KIND_NAMES[first.kind];
  if (name === 'typeof' && values.length === 1 && kind !== undefined) {
    return { sql: `(case when ${sql} is null then 'null' else '${kind}' end)`, kind: 'text' };
  }
  throw new Untranslatable(`the function ${name}(${kinds})`);
}

/** GLOB: * is any text, ? any character, [...] one of these. */
export function globToRegularExpression(glob: string): string {
  const body = glob.replaceAll(/\*|\?|\[\^?\]?[^\]]*\]|[\s\S]/gu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1 && part.startsWith('[')) {
      if (/[\\[:.=]/.test(part.slice(1))) throw new Untranslatable('GLOB with a class of special characters');
      return part;
    }
    return /[\p{L}\p{N} _]/u.test(part) ? part : `\\u${part.codePointAt(0)?.toString(16).padStart(4, '0')}`;
  });
  if (/[\u{10000}-\u{10ffff}]/u.test(glob)) throw new Untranslatable('GLOB with characters beyond the first plane');
  return `^${body}$`;
}
