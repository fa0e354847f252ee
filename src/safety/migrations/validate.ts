import type { Node } from 'libpg-query';
import { type Migration, MigrationFileError } from './migration-files.ts';
import { findPlaceholders, slotIn } from './placeholders.ts';
import { parseStatements, type Statement, UnparsableSql } from './sql-statements.ts';

/** Everything that is wrong with the migrations, a line each. */
export class MigrationsInvalid extends Error {
  readonly problems: readonly MigrationFileError[];

  constructor(problems: readonly MigrationFileError[]) {
    super(problems.map(({ message }) => message).join('\n'));
    this.name = 'MigrationsInvalid';
    this.problems = problems;
  }
}

/**
 * Reads the SQL of these migrations as PostgreSQL would, without running it.
 * @throws {MigrationsInvalid} with every problem at once
 */
export async function validateMigrations(migrations: readonly Migration[]): Promise<void> {
  const problems = (await Promise.all(migrations.map(problemsOf))).flat();
  if (problems.length > 0) throw new MigrationsInvalid(problems);
}

async function problemsOf(migration: Migration): Promise<MigrationFileError[]> {
  const file = `${migration.name}.sql`;
  const wrong = (line: number, problem: string, remedy: string) =>
    new MigrationFileError(`${file}, line ${line},`, problem, remedy);

  let statements: Statement[];
  try {
    statements = await parseStatements(migration.sql);
  } catch (error) {
    if (!(error instanceof UnparsableSql)) throw error;
    const slot = slotIn(migration.sql.split('\n')[error.line - 1] ?? '');
    return [
      slot === undefined
        ? wrong(error.line, `is no SQL that PostgreSQL reads: ${error.message}`, 'Mend the statement.')
        : wrong(error.line, `holds a placeholder: ${slot}`, 'Write what is meant in its place.'),
    ];
  }
  const placeholders = (await findPlaceholders(migration.sql)).map(({ text, line }) =>
    wrong(
      line,
      `holds a placeholder: ${text}`,
      `Write what is meant in its place; if it is meant, say so in a comment: -- not a placeholder: ${text}`,
    ),
  );
  if (placeholders.length > 0) return placeholders;
  if (statements.every(({ node }) => changesNothing(node))) {
    return [
      new MigrationFileError(
        file,
        'has no statement that changes anything',
        'Write the migration, or delete the file.',
      ),
    ];
  }
  const refuse = migration.transactional ? refusedInTransaction : refusedOutsideTransaction;
  return statements.flatMap(({ node, line }) => {
    const refusal = refuse(node);
    return refusal === undefined ? [] : [wrong(line, ...refusal)];
  });
}

/** A select of constants: what stands where a migration is still to be written. */
function changesNothing(node: Node): boolean {
  if (!('SelectStmt' in node)) return false;
  const { targetList = [], fromClause, withClause, larg } = node.SelectStmt;
  if (fromClause !== undefined || withClause !== undefined || larg !== undefined) return false;
  return targetList.every((target) => {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
    return value !== undefined && 'A_Const' in value;
  });
}

type Refusal = readonly [problem: string, remedy: string];

const OUTSIDE = 'Put it into a file of its own that begins with the line: -- no-transaction';

function refusedInTransaction(node: Node): Refusal | undefined {
  if ('TransactionStmt' in node) {
    return ['begins or ends a transaction, but each migration is one already', 'Leave the statement out.'];
  }
  const concurrently =
    ('IndexStmt' in node && node.IndexStmt.concurrent) ||
    ('DropStmt' in node && node.DropStmt.concurrent) ||
    'VacuumStmt' in node ||
    ('ReindexStmt' in node && /concurrently/i.test(JSON.stringify(node.ReindexStmt.params ?? [])));
  return concurrently ? ['cannot run inside a transaction', OUTSIDE] : undefined;
}

/** Outside a transaction a statement may be done and not noted, so that it is run again: it has to bear that. */
function refusedOutsideTransaction(node: Node): Refusal | undefined {
  if ('IndexStmt' in node && node.IndexStmt.concurrent) {
    return node.IndexStmt.idxname === undefined
      ? ['creates an index without a name, which a failure could not be mended by', 'Give the index a name.']
      : undefined;
  }
  if ('DropStmt' in node && node.DropStmt.concurrent) {
    return node.DropStmt.missing_ok
      ? undefined
      : ['cannot be repeated', 'Write: drop index concurrently if exists'];
  }
  if ('AlterEnumStmt' in node) {
    return node.AlterEnumStmt.skipIfNewValExists
      ? undefined
      : ['cannot be repeated', 'Write: add value if not exists'];
  }
  // Blocks and procedures that commit in between must be written to be repeated: only their author can say.
  const repeatable = ['VacuumStmt', 'ReindexStmt', 'RefreshMatViewStmt', 'DoStmt', 'CallStmt', 'VariableSetStmt'];
  if (repeatable.some((kind) => kind in node)) return undefined;
  return [
    'belongs into a transaction: killed half-way it would leave a part',
    'Move it to a file without -- no-transaction.',
  ];
}
