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

export type StatementValue = string | number | boolean | null | readonly string[];
