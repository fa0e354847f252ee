import { CELLS_WERE_COMPARED, count, section } from '../report.ts';
import type { Changes } from './columns.ts';
import type { Target } from './staging.ts';

export type ApplicationReport = {
  readonly file: string;
  readonly dryRun: boolean;
  readonly rows: ReadonlyMap<Target, number>;
  readonly keptIds: boolean;
  /** What was added to the ids of staged rows, which begin at 1. */
  readonly offsets: Readonly<Record<'users' | 'articles' | 'comments', bigint>>;
  readonly rejected: number;
  readonly rejectsTable: string | undefined;
  readonly changes: Changes;
  /** Tables of the file that the mapping does not name. */
  readonly untouched: readonly string[];
  readonly notes: readonly string[];
  readonly seconds: number;
};

/** What happened, for people. */
export function writeApplicationReport(report: ApplicationReport): string {
  const rows = [...report.rows.values()].reduce((sum, table) => sum + table, 0);
  const done = report.dryRun ? 'Dry run, nothing was changed. Would import' : 'Imported';
  return [
    `${done} ${count(rows, 'row')} of ${report.file} into the application in ${report.seconds.toFixed(1)} s.`,
    CELLS_WERE_COMPARED,
    ...section(
      'Tables',
      [...report.rows].map(([table, amount]) => `${table}: ${count(amount, 'row')}`),
    ),
    ...section('Ids', [
      report.keptIds
        ? 'are those of the file'
        : `are new, in the order of those of the file: users from ${report.offsets.users + 1n}, ` +
          `articles from ${report.offsets.articles + 1n}, comments from ${report.offsets.comments + 1n}`,
    ]),
    ...section(
      'Rejected',
      report.rejected === 0 ? [] : [`${count(report.rejected, 'row')}, kept whole in ${report.rejectsTable}`],
    ),
    ...section(
      'Changed on the way',
      [...report.changes].map(([what, times]) => `${times} ×: ${what}`),
    ),
    ...section('Tables that the mapping does not name, so they stay behind', report.untouched),
    ...section('To know', report.notes),
  ].join('\n');
}
