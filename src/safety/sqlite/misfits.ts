import { list } from './checks.ts';
import type { PlannedTable } from './plan.ts';
import { describeProblem, type RowProblem, TableReader } from './rows.ts';
import type { SourceFile } from './source-file.ts';
import { UnusableFile } from './unusable-file.ts';

const SHOWN = 10;

/** Everything that does not fit, not only what was met first. */
export function misfits(source: SourceFile, tables: readonly PlannedTable[], first: RowProblem): UnusableFile {
  const found: string[] = [];
  let all = 0;
  for (const { source: table, columns } of tables) {
    const reader = new TableReader(source, table, columns);
    for (const row of reader.rows()) {
      const problem = reader.problemOf(row);
      if (problem === undefined) continue;
      all += 1;
      if (found.length < SHOWN) found.push(describeProblem(problem));
    }
  }
  const lines = found.length === 0 ? [describeProblem(first)] : found;
  return new UnusableFile(
    `Values do not fit into their columns (${all} rows). Nothing was imported.\n${list(lines, all)}\n` +
      'Correct them in SQLite, or import with --rejects, which puts such rows aside.',
  );
}
