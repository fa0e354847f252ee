import { quoteText } from './quoting.ts';
import { readTemporal } from './temporal.ts';
import type { TargetType } from './values.ts';

/** An expression that PostgreSQL has no equal of, with the reason. */
export class Untranslatable extends Error {}

/** What an expression is: a type of ours, a yes or no, or nothing but null. */
export type Kind = TargetType | 'condition' | 'null';

export type Translated = {
  readonly sql: string;
  readonly kind: Kind;
  readonly collation?: string;
  /** Whether the collation is said in the expression itself, which then counts more than those of columns. */
  readonly collated?: boolean;
  /** The value, where it is written down. */
  readonly literal?: string;
};

const TEMPORAL = new Set<Kind>(['date', 'time', 'timestamp', 'timestamptz']);
export const EXACT = new Set<Kind>(['bigint', 'double precision']);
export const NUMBERS = new Set<Kind>(['bigint', 'double precision', 'numeric']);

export function condition(sql: string): Translated {
  return { sql, kind: 'condition' };
}

export function asCondition(operand: Translated): Translated {
  if (operand.kind === 'condition' || operand.kind === 'boolean') return operand;
  if (NUMBERS.has(operand.kind)) return condition(`(${operand.sql} <> 0)`);
  if (operand.kind === 'null') return condition('null::boolean');
  throw new Untranslatable(`${operand.kind} as a condition`);
}

export function asText(operand: Translated): string {
  if (operand.kind === 'text') return operand.sql;
  if (operand.kind === 'bigint') return `(${operand.sql})::text`;
  throw new Untranslatable(`${operand.kind} as text`);
}

export function numberLiteral(text: string): Translated {
  const digits = text.replaceAll('_', '');
  if (/^0x/i.test(digits)) throw new Untranslatable('a hexadecimal number');
  if (/^\d+$/.test(digits) && BigInt(digits) < 2n ** 63n) {
    return { sql: BigInt(digits) < 2n ** 31n ? digits : `${digits}::bigint`, kind: 'bigint', literal: digits };
  }
  return { sql: `${digits}::double precision`, kind: 'double precision', literal: digits };
}

export function textLiteral(text: string): Translated {
  return { sql: quoteText(text), kind: 'text', literal: text };
}

export function compare(left: Translated, operator: string, right: Translated): Translated {
  const [a, b] = [fitLiteral(left, right), fitLiteral(right, left)];
  if (a.kind === 'null' || b.kind === 'null') return condition(`(${a.sql} ${operator} ${b.sql})`);
  const comparable = a.kind === b.kind || (NUMBERS.has(a.kind) && NUMBERS.has(b.kind));
  if (!comparable || a.kind === 'condition') throw new Untranslatable(`${a.kind} compared with ${b.kind}`);
  // SQLite's rule: what is said in the expression, else what the column on the left has.
  const [decides, otherwise] = b.collated && !a.collated ? [b, a] : [a, b];
  const collation = decides.collation ?? otherwise.collation ?? 'BINARY';
  return condition(`(${collate(a, collation)} ${operator} ${collate(b, collation)})`);
}

/** A number beside a boolean is a boolean there, a text beside a moment is a moment. */
function fitLiteral(operand: Translated, other: Translated): Translated {
  if (operand.literal === undefined) return operand;
  if (other.kind === 'boolean' && (operand.literal === '0' || operand.literal === '1')) {
    return { sql: operand.literal === '1' ? 'true' : 'false', kind: 'boolean' };
  }
  if (isTemporal(other.kind) && operand.kind === 'text') {
    if (readTemporal(other.kind, operand.literal) === undefined) throw new Untranslatable('a date in other words');
    // A typed literal, unlike a cast, is a constant: indexes and generated columns need that.
    return { sql: `${other.kind} ${operand.sql}`, kind: other.kind };
  }
  return operand;
}

function isTemporal(kind: Kind): kind is 'date' | 'time' | 'timestamp' | 'timestamptz' {
  return TEMPORAL.has(kind);
}

/** Text as a collation of SQLite's sees it: NOCASE knows the letters of ASCII, as does lower() in the collation "C". */
export function collate(operand: Pick<Translated, 'sql' | 'kind'>, collation: string): string {
  if (operand.kind !== 'text' || collation === 'BINARY') return operand.sql;
  if (collation === 'NOCASE') return `lower(${operand.sql} collate "C")`;
  if (collation === 'RTRIM') return `rtrim(${operand.sql}, ' ')`;
  throw new Untranslatable(`the collation ${collation}`);
}

export function arithmetic(left: Translated, operator: string, right: Translated): Translated {
  if (!EXACT.has(left.kind) || !EXACT.has(right.kind)) {
    throw new Untranslatable(`${left.kind} ${operator} ${right.kind}`);
  }
  const kind = left.kind === right.kind ? left.kind : 'double precision';
  if (operator === '%' && kind !== 'bigint') throw new Untranslatable('% of real numbers');
  // Divided by nothing is null in SQLite.
  const divisor = operator === '/' || operator === '%' ? `nullif(${right.sql}, 0)` : right.sql;
  return { sql: `(${left.sql} ${operator} ${divisor})`, kind };
}

export function commonKind(values: readonly Translated[]): Kind {
  const kinds = new Set(values.map(({ kind }) => kind).filter((kind) => kind !== 'null'));
  const [kind = 'null', another] = kinds;
  if (another !== undefined) throw new Untranslatable(`${kind} or ${another}`);
  return kind;
}
