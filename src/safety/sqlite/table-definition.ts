import { afterBrackets, isSymbol, isWord, type Token, tokenize } from './tokens.ts';

/** What `create table` says that SQLite's pragmas do not tell. Expressions are SQLite's SQL as written. */
export type TableDefinition = {
  readonly checks: readonly string[];
  /** By the column's name. */
  readonly collations: ReadonlyMap<string, string>;
  readonly generated: ReadonlyMap<string, string>;
  readonly autoincrement: boolean;
  /** For each foreign key, in the order they are written, whether it waits for the end of a transaction. */
  readonly deferred: readonly boolean[];
  /** What happens on a conflict, where it is said, as in `ON CONFLICT REPLACE`. */
  readonly conflictClauses: readonly string[];
};

/** Reads the text of `create table`, which SQLite has accepted. */
export function readTableDefinition(sql: string): TableDefinition {
  const tokens = tokenize(sql);
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  const body = tokens.slice(open + 1, afterBrackets(tokens, open) - 1);
  const found = {
    checks: [] as string[],
    collations: new Map<string, string>(),
    generated: new Map<string, string>(),
    autoincrement: false,
    deferred: [] as boolean[],
    conflictClauses: [] as string[],
  };
  for (const part of splitAtCommas(body)) {
    const [first] = part;
    const isConstraint = isWord(first, 'CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN');
    const column = isConstraint ? undefined : first?.text;
    readPart(part, column, sql, found);
  }
  return found;
}

type Writable = { -readonly [Key in keyof TableDefinition]: TableDefinition[Key] } & {
  readonly checks: string[];
  readonly collations: Map<string, string>;
  readonly generated: Map<string, string>;
  readonly deferred: boolean[];
  readonly conflictClauses: string[];
};

function readPart(part: readonly Token[], column: string | undefined, sql: string, found: Writable): void {
  for (let index = column === undefined ? 0 : 1; index < part.length; ) {
    const token = part[index];
    const next = part[index + 1];
    if (isSymbol(token, '(')) {
      index = afterBrackets(part, index);
      continue;
    }
    if (isWord(token, 'CONSTRAINT')) index += 1;
    else if (isWord(token, 'CHECK') && isSymbol(next, '(')) found.checks.push(between(part, index + 1, sql));
    else if (isWord(token, 'AS') && isSymbol(next, '(') && column !== undefined) {
      found.generated.set(column, between(part, index + 1, sql));
    } else if (isWord(token, 'COLLATE') && next !== undefined && column !== undefined) {
      found.collations.set(column, next.text.toUpperCase());
      index += 1;
    } else if (isWord(token, 'AUTOINCREMENT')) found.autoincrement = true;
    else if (isWord(token, 'CONFLICT') && next !== undefined && !isWord(next, 'ABORT')) {
      found.conflictClauses.push(`ON CONFLICT ${next.text.toUpperCase()}`);
    } else if (isWord(token, 'REFERENCES')) {
      found.deferred.push(false);
      index += 1;
    } else if (isWord(token, 'DEFERRED')) found.deferred.splice(-1, 1, true);
    index += 1;
  }
}

/** The text within the brackets that open at `open`. */
function between(tokens: readonly Token[], open: number, sql: string): string {
  const close = afterBrackets(tokens, open) - 1;
  return sql.slice(tokens[open]?.end, tokens[close]?.start).trim();
}

export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    if (depth === 0 && isSymbol(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

export type IndexDefinition = {
  /** What is indexed, as written, without ASC, DESC and COLLATE. */
  readonly expressions: readonly string[];
  readonly where: string | undefined;
};

/** Reads the text of `create index`. */
export function readIndexDefinition(sql: string): IndexDefinition {
  const tokens = tokenize(sql);
  const open = tokens.findIndex((token) => isSymbol(token, '('));
  const after = afterBrackets(tokens, open);
  const expressions = splitAtCommas(tokens.slice(open + 1, after - 1)).map((part) => {
    const kept = [...part];
    if (isWord(kept.at(-1), 'ASC', 'DESC')) kept.pop();
    if (isWord(kept.at(-2), 'COLLATE')) kept.splice(-2);
    return sql.slice(kept[0]?.start, kept.at(-1)?.end);
  });
  const where = isWord(tokens[after], 'WHERE') ? sql.slice(tokens[after]?.end).trim() : undefined;
  return { expressions, where };
}
