import type { Connection, Submittable } from 'pg';
import type { StatementValue } from './statement.ts';

declare module 'pg' {
  interface Connection {
    /** The texts of the statements that are prepared in this session, by name; node-postgres keeps it (8.23). */
    readonly parsedStatements: Readonly<Record<string, string>>;
    sendCopyFail(reason: string): void;
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
 * a `TextClient` gives them; of several the first one counts.
 */
export class TextQuery implements Submittable {
  // The names of these are node-postgres'.
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly StatementValue[];
  callback: (error: Error | null, bytes: Buffer | null) => void;
  #bytes: Buffer | null | undefined;

  constructor({ name, text, values }: TextQueryOptions, callback: TextQuery['callback']) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.callback = callback;
  }

  /** Returns what is wrong with it when it is not sent. */
  submit(connection: Connection): Error | undefined {
    const { name = '', text } = this;
    const prepared = name === '' ? undefined : connection.parsedStatements[name];
    if (prepared !== undefined && prepared !== text) return new Error(`two statements are named ${name}`);
    const values = this.values.map(asText);
    connection.stream.cork();
    if (prepared === undefined) connection.parse({ name, text, types: [] }, true);
    connection.bind({ statement: name, values }, true);
    connection.execute(null, true);
    connection.sync();
    connection.stream.uncork();
    return undefined;
  }

  /** Tells that it failed, once: what still comes of it is nobody's. */
  giveUp(error: Error): void {
    const { callback } = this;
    this.callback = () => {};
    callback(error, null);
  }

  handleDataRow({ fields }: { readonly fields: readonly (Buffer | null)[] }): void {
    if (this.#bytes === undefined) this.#bytes = fields[0] ?? null;
  }

  handleCommandComplete(): void {}

  // No statement of ours is answered with these, but node-postgres calls them inside the socket's event: a handler that
  // is missing would end the process.
  handleEmptyQuery(): void {}
  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail('not asked for');
    // PostgreSQL ignored the one before: it was waiting for data.
    connection.sync();
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#bytes ?? null);
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
