import { hasSqlDetails, loadModule, type Node, parseSync, type ScanToken, scanSync } from 'libpg-query';

/** One statement of a file, as PostgreSQL's own parser (of version 18) sees it. */
export type Statement = {
  readonly sql: string;
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly node: Node;
};

export type Token = { readonly name: string; readonly text: string; readonly line: number };

/** PostgreSQL could not read it either. */
export class UnparsableSql extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'UnparsableSql';
    this.line = line;
  }
}

/**
 * Takes a file apart into its statements; none when there are only comments.
 * @throws {UnparsableSql}
 */
export async function parseStatements(sql: string): Promise<Statement[]> {
  if (sql.trim() === '') return [];
  await loadModule();
  const bytes = Buffer.from(sql);
  try {
    return (parseSync(sql).stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
      if (stmt === undefined) return [];
      // Without a length it goes on to the end. The range of a statement begins with the comments before it.
      const range = bytes.subarray(start, length === undefined ? undefined : start + length).toString();
      const text = range.replace(LEADING_COMMENTS, '');
      const line = lineAt(bytes.subarray(0, start).toString() + range.slice(0, range.length - text.length));
      return [{ sql: text, line, node: stmt }];
    });
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    throw new UnparsableSql(error.message, lineAt([...sql].slice(0, error.sqlDetails?.cursorPosition).join('')));
  }
}

const LEADING_COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;

/** Words, texts and comments of a file, also of one that does not parse; none where a text or comment has no end. */
export async function scanTokens(sql: string): Promise<Token[]> {
  if (sql.trim() === '') return [];
  await loadModule();
  let tokens: ScanToken[];
  try {
    tokens = scanSync(sql).tokens;
  } catch {
    return [];
  }
  const bytes = Buffer.from(sql);
  return tokens.map(({ tokenName, text, start }) => ({
    name: tokenName,
    text,
    line: lineAt(bytes.subarray(0, start).toString()),
  }));
}

function lineAt(before: string): number {
  return before.split('\n').length;
}
