import type { Rename } from './names.ts';
import type { NotKept } from './source-schema.ts';

export type ImportedTable = {
  readonly source: string;
  /** Schema and table, quoted. */
  readonly target: string;
  readonly rows: number;
  readonly rejected: number;
  readonly columns: readonly {
    readonly name: string;
    readonly declaredType: string;
    readonly type: string;
    readonly remark: string | undefined;
  }[];
};

export type ImportReport = {
  readonly file: string;
  readonly schema: string;
  readonly dryRun: boolean;
  readonly tables: readonly ImportedTable[];
  readonly rejectsTable: string | undefined;
  readonly notKept: readonly NotKept[];
  readonly notes: readonly string[];
  readonly renames: readonly Rename[];
  readonly seconds: number;
};

/** What the SHA-256 is of: what was encoded out of the file, and what PostgreSQL sent back. */
export const CELLS_WERE_COMPARED =
  'Every cell was compared: PostgreSQL sent back byte for byte what the values of the file were encoded as (SHA-256).';

/** What happened, for people. */
export function writeReport(report: ImportReport): string {
  const { tables, rejectsTable, notKept, notes, renames } = report;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const rejected = tables.reduce((sum, table) => sum + table.rejected, 0);
  const done = report.dryRun ? 'Dry run, nothing was changed. Would import' : 'Imported';
  return [
    `${done} ${count(tables.length, 'table')} and ${count(rows, 'row')} of ${report.file} into the schema ` +
      `${report.schema} in ${report.seconds.toFixed(1)} s.`,
    CELLS_WERE_COMPARED,
    ...section('Tables', tables.map(tableLine)),
    ...section(
      `Rejected: ${count(rejected, 'row')}, kept whole in ${rejectsTable}`,
      rejectsTable === undefined ? [] : tables.filter((table) => table.rejected > 0).map(rejectedLine),
    ),
    ...section('Types that are not what their declaration says', tables.flatMap(typeLines)),
    ...section(
      'Names that are not the same',
      renames.map(({ from, to }) => `${from} is ${to}`),
    ),
    ...section(
      `Not kept (${notKept.length})`,
      notKept.map(({ what, why }) => `${what}\n    ${why}`),
    ),
    ...section('To know', notes),
  ].join('\n');
}

export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function tableLine({ source, target, rows, rejected }: ImportedTable): string {
  return `${source} → ${target}: ${count(rows, 'row')}${rejected > 0 ? `, ${rejected} rejected` : ''}`;
}

function rejectedLine({ source, rejected }: ImportedTable): string {
  return `${source}: ${rejected}`;
}

function typeLines({ source, columns }: ImportedTable): string[] {
  return columns
    .filter(({ remark }) => remark !== undefined)
    .map(({ name, type, remark }) => `${source}.${name} is ${type}: ${remark}`);
}

export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
