/**
 * One SQL statement with the name it has everywhere: as the prepared statement, in logs and as a metric's label.
 * A read returns at most one row with one text column, the finished JSON body.
 */
export type Statement = {
  readonly name: string;
  readonly text: string;
  /** True for what has a share of the connections kept free for it: without it nobody could log in or change a thing. */
  readonly reserved?: boolean;
};

/** A statement with its values. */
export type Step = { readonly statement: Statement; readonly values: readonly StatementValue[] };

const named = new WeakMap<Statement, string>();

/**
 * The text as it is sent, with the name behind its first word: PostgreSQL shows it in pg_stat_activity,
 * pg_stat_statements and its log, none of which knows what a prepared statement is called.
 */
export function namedText(statement: Statement): string {
  const known = named.get(statement);
  if (known !== undefined) return known;
  const text = statement.text.replace(/^\s*\w+/, (first) => `${first} /* ${statement.name} */`);
  named.set(statement, text);
  return text;
}

const failed = new WeakMap<Error, string>();

/** Remembers which statement an error came from. */
export function noteStatement(error: unknown, { name }: Statement): void {
  if (error instanceof Error) failed.set(error, name);
}

/** The name of the statement that an error came from, if it came from one. */
export function failedStatement(error: unknown): string | undefined {
  return error instanceof Error ? failed.get(error) : undefined;
}

export type StatementValue = string | number | boolean | null | readonly string[];
