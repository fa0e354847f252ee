import type { Connection, Submittable } from 'pg';
import type { StatementValue } from './statement.ts';

declare module 'pg' {
  interface Connection {
    /** The texts of the statements that are prepared in this session, by name; node-postgres keeps it (8.23). */
    readonly parsedStatements: Readonly<Record<string, string>>;
  }
}

export type TextQueryOptions = {
  /** Its name as a prepared statement; undefined where it is not to be prepared. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly StatementValue[];
};

/**
 * A query as node-postgres submits one (8.23), for a statement that returns one row with one text, or none. It sends
 * what is needed in one go and asks for no description of the columns: there is nothing to learn from it. Rows come as
 * a `TextConnection` gives them.
 */
export class TextQuery implements Submittable {
  // The names of these are node-postgres'.
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly StatementValue[];
  callback: (error: Error | null, bytes: Buffer | null) => void;
  #bytes: Buffer | null = null;

  constructor({ name, text, values }: TextQueryOptions, callback: TextQuery['callback']) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.callback = callback;
  }

  submit(connection: Connection): void {
    const { name = '', text, values } = this;
    connection.stream.cork();
    if (name === '' || connection.parsedStatements[name] === undefined) {
      connection.parse({ name, text, types: [] }, true);
    }
    connection.bind({ statement: name, values: values.map(asText) }, true);
    connection.execute(null, true);
    connection.sync();
    connection.stream.uncork();
  }

  handleDataRow({ fields }: { readonly fields: readonly (Buffer | null)[] }): void {
    this.#bytes = fields[0] ?? null;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null, this.#bytes);
  }

  handleError(error: Error): void {
    this.callback(error, null);
  }
}

/** As PostgreSQL reads it: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function asText(value: StatementValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  return `{${value.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join()}}`;
}
