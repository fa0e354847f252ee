import type { DatabaseSync } from 'node:sqlite';
import { quoteName } from './quoting.ts';
import { ALL_ROWS, sampleOf } from './sample.ts';
import { query, type SourceColumn, type SourceTable } from './source-schema.ts';
import type { TargetType } from './values.ts';

export type TypedColumn = SourceColumn & {
  readonly type: TargetType;
  /** Why it is that type, where the declaration would make one expect another. */
  readonly remark: string | undefined;
};

/** What values a column holds, nulls apart. */
type Counts = {
  readonly integer: number;
  readonly real: number;
  readonly text: number;
  readonly blob: number;
  /** Integers that are 0 or 1; texts that begin like dates, or like times of day; those that end with a zone. */
  readonly bits: number;
  readonly dates: number;
  readonly longDates: number;
  readonly times: number;
  readonly zoned: number;
};

/** Gives every column the type that its declaration names; where that leaves it open, what most values are decides. */
export function typeColumns(database: DatabaseSync, table: SourceTable): TypedColumn[] {
  const open = table.columns.filter((column) => typeByDeclaration(column) === undefined);
  const counts = countValues(database, table, open);
  return table.columns.map((column) => {
    const type = typeByDeclaration(column);
    if (type !== undefined) return { ...column, type, remark: undefined };
    return { ...column, ...typeByValues(column, counts.get(column.name) ?? NOTHING) };
  });
}

/** SQLite's rules of type affinity, where they leave no doubt. Lengths are not enforced there, so they are not here. */
function typeByDeclaration({ declaredType }: SourceColumn): TargetType | undefined {
  if (isBoolean(declaredType) || temporalDeclared(declaredType) !== undefined) return undefined;
  if (declaredType.includes('INT')) return 'bigint';
  if (/CHAR|CLOB|TEXT/.test(declaredType)) return 'text';
  if (declaredType.includes('BLOB') || declaredType === '') return undefined;
  if (/REAL|FLOA|DOUB/.test(declaredType)) return 'double precision';
  return /^(DECIMAL|NUMERIC|NUMBER|MONEY)\b/.test(declaredType) ? 'numeric' : undefined;
}

const isBoolean = (declared: string) => /^BOOL(EAN)?\b/.test(declared);

function temporalDeclared(declared: string): 'date' | 'time' | 'timestamp' | undefined {
  if (/^(DATETIME|TIMESTAMP)/.test(declared)) return 'timestamp';
  if (/^DATE\b/.test(declared)) return 'date';
  return /^TIME\b/.test(declared) ? 'time' : undefined;
}

const NOTHING: Counts = {
  integer: 0,
  real: 0,
  text: 0,
  blob: 0,
  bits: 0,
  dates: 0,
  longDates: 0,
  times: 0,
  zoned: 0,
};

function countValues(
  database: DatabaseSync,
  table: SourceTable,
  columns: readonly SourceColumn[],
): ReadonlyMap<string, Counts> {
  const sample = columns.some(mostDecide) ? sampleOf(database, table) : [];
  return new Map(
    columns.map((column) => {
      const sums = Object.entries(conditionsFor(column)).map(([sum, condition]) => `sum(${condition}) as ${sum}`);
      const counted = (mostDecide(column) ? sample : [ALL_ROWS]).flatMap(({ clause, values }) =>
        query(
          database,
          `select ${sums.join(', ')}
           from (select ${quoteName(column.name)} as value from main.${quoteName(table.name)} ${clause})
           where value is not null`,
          ...values,
        ),
      );
      const total = (key: string) => counted.reduce((sum, row) => sum + Number(row[key] ?? 0), 0);
      const counts = Object.fromEntries(Object.keys(NOTHING).map((key) => [key, total(key)]));
      return [column.name, { ...NOTHING, ...counts }];
    }),
  );
}

const DAY = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';

function conditionsFor({ declaredType }: SourceColumn): Partial<Record<keyof Counts, string>> {
  return {
    integer: `typeof(value) = 'integer'`,
    real: `typeof(value) = 'real'`,
    text: `typeof(value) = 'text'`,
    blob: `typeof(value) = 'blob'`,
    ...(isBoolean(declaredType) && { bits: 'value in (0, 1)' }),
    ...(temporalDeclared(declaredType) !== undefined && {
      dates: `value glob '${DAY}'`,
      longDates: `value glob '${DAY}[ T][0-9]*'`,
      times: `value glob '[0-9][0-9]:[0-9][0-9]*'`,
      zoned: `value glob '${DAY}[ T]*Z' or value glob '${DAY}[ T]*[-+][0-9][0-9]:[0-9][0-9]'
        or value glob '${DAY}[ T]*[-+][0-9][0-9][0-9][0-9]'`,
    }),
  };
}

/** What most values are can be told from some; where no type is declared one value of another kind may decide. */
function mostDecide({ declaredType }: SourceColumn): boolean {
  return isBoolean(declaredType) || temporalDeclared(declaredType) !== undefined;
}

type Choice = Pick<TypedColumn, 'type' | 'remark'>;

function typeByValues({ declaredType }: SourceColumn, counts: Counts): Choice {
  const all = counts.integer + counts.real + counts.text + counts.blob;
  const declared = temporalDeclared(declaredType);
  if (declared !== undefined) return temporalType(declared, declaredType, counts, all);
  if (isBoolean(declaredType)) {
    if (counts.bits * 2 >= all) return { type: 'boolean', remark: undefined };
    return { type: mostly(counts), remark: `declared ${declaredType}, but most values are neither 0 nor 1` };
  }
  if (all === 0) return { type: declaredType.includes('BLOB') ? 'bytea' : 'text', remark: undefined };
  const type = mostly(counts);
  const expected = declaredType.includes('BLOB') ? 'bytea' : undefined;
  const named = declaredType === '' ? 'no declared type' : `declared ${declaredType}`;
  return { type, remark: type === expected ? undefined : `${named}, so its values decide` };
}

function temporalType(
  declared: 'date' | 'time' | 'timestamp',
  declaredType: string,
  counts: Counts,
  all: number,
): Choice {
  const { dates, longDates, times, zoned } = counts;
  if (all === 0) return { type: declared, remark: undefined };
  if (declared === 'time' && times * 2 >= all) return { type: 'time', remark: undefined };
  if (declared === 'date' && dates * 2 >= all) return { type: 'date', remark: undefined };
  if ((dates + longDates) * 2 >= all) {
    if (zoned * 2 > dates + longDates) {
      return { type: 'timestamptz', remark: 'the moment is kept, not the offset it was written with' };
    }
    return {
      type: 'timestamp',
      remark: declared === 'timestamp' ? undefined : `declared ${declaredType}, but most values have a time of day`,
    };
  }
  const type = mostly(counts);
  return { type, remark: `declared ${declaredType}, but most values are not written as one: kept as they are` };
}

/** Integers among real numbers are both kept exactly by numeric. */
function mostly({ integer, real, text, blob }: Counts): TargetType {
  const numbers = integer + real;
  if (text >= numbers && text >= blob) return 'text';
  if (blob > numbers) return 'bytea';
  if (real === 0) return 'bigint';
  return integer === 0 ? 'double precision' : 'numeric';
}
