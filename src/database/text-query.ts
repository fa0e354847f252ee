import type { Connection, Submittable } from 'pg';
import type { StatementValue } from './statement.ts';

declare module 'pg' {
  interface Connection {
    /** The texts of the statements that are prepared in this session, by name; node-postgres keeps it (8.23). */
    readonly parsedStatements: Readonly<Record<string, string>>;
    sendCopyFail(reason: string): void;
  }
}

/** What is sent of a statement. */
export type TextStep = {
  /** Its name as a prepared statement; undefined where it is not to be prepared. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly StatementValue[];
};

/**
 * A query as node-postgres submits one (8.23), for statements each of which returns one row with one text, or none. It sends
 * what is needed in one go and asks for no description of the columns: there is nothing to learn from it. Rows come as
 * a `TextClient` gives them; of several the first one counts. Several statements are one transaction, in which each sees what
 * those before it did: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class TextQuery implements Submittable {
  /** Of each statement that is over, the text. Its length says which one is being answered. */
  readonly texts: (Buffer | null)[] = [];
  readonly #steps: readonly TextStep[];
  #bytes: Buffer | null = null;
  #hasRow = false;
  // The names of these are node-postgres', which notes what is prepared by the name and the text of a query.
  callback: (error: Error | null) => void = () => {};

  constructor(steps: readonly TextStep[]) {
    this.#steps = steps;
  }

  get name(): string | undefined {
    return this.#steps[this.texts.length]?.name;
  }

  get text(): string {
    return this.#steps[this.texts.length]?.text ?? '';
  }

  /** Returns what is wrong with it when it is not sent. */
  submit(connection: Connection): Error | undefined {
    const prepared = this.#steps.map((step) => preparedText(connection, this.#steps, step));
    const twin = this.#steps.find(({ text }, index) => prepared[index] !== undefined && prepared[index] !== text);
    if (twin !== undefined) return new Error(`two statements are named ${twin.name}`);
    const values = this.#steps.map((step) => step.values.map(asText));
    connection.stream.cork();
    for (const [index, { name = '', text }] of this.#steps.entries()) {
      if (prepared[index] === undefined) connection.parse({ name, text, types: [] }, true);
      connection.bind({ statement: name, values: values[index] ?? [] }, true);
      connection.execute(null, true);
    }
    connection.sync();
    connection.stream.uncork();
    return undefined;
  }

  /** Tells that it failed, once: what still comes of it is nobody's. */
  giveUp(error: Error): void {
    const { callback } = this;
    this.callback = () => {};
    callback(error);
  }

  handleDataRow({ fields }: { readonly fields: readonly (Buffer | null)[] }): void {
    if (!this.#hasRow) this.#bytes = fields[0] ?? null;
    this.#hasRow = true;
  }

  handleCommandComplete(): void {
    this.texts.push(this.#bytes);
    this.#bytes = null;
    this.#hasRow = false;
  }

  // No statement of ours is answered with these, but node-postgres calls them inside the socket's event: a handler that
  // is missing would end the process.
  handleEmptyQuery(): void {
    this.handleCommandComplete();
  }
  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail('not asked for');
    // PostgreSQL ignored the one before: it was waiting for data.
    connection.sync();
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}

/** The text that has the step's name in this session, or will have it by then; undefined where it is still to be prepared. */
function preparedText(connection: Connection, steps: readonly TextStep[], step: TextStep): string | undefined {
  const { name } = step;
  if (name === undefined) return undefined;
  const first = steps.find((other) => other.name === name);
  return connection.parsedStatements[name] ?? (first === step ? undefined : first?.text);
}

/** As PostgreSQL reads it: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function asText(value: StatementValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  return `{${value.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join()}}`;
}
