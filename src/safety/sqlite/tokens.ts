/** A piece of SQLite's SQL: white space and comments are left out. */
export type Token = {
  readonly kind: 'name' | 'quoted-name' | 'text' | 'number' | 'blob' | 'symbol';
  /** Names and texts without their quotes; everything else as written. */
  readonly text: string;
  /** As written, and where. */
  readonly start: number;
  readonly end: number;
};

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|([xX]'[0-9a-fA-F]*')|('(?:[^']|'')*')|("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|((?:0[xX][0-9a-fA-F]+)|(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}\p{N}_$\u0080-\u{10ffff}]+)|(\|\||->>|->|<<|>>|<=|>=|<>|!=|==|[\s\S])/uy;

/** Takes SQL apart as SQLite does. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let start = 0; start < sql.length; start = TOKEN.lastIndex) {
    const match = TOKEN.exec(sql);
    if (match === null) break;
    const [whole, blob, text, quoted, number, name, symbol] = match;
    const end = start + whole.length;
    if (blob !== undefined) tokens.push({ kind: 'blob', text: blob.slice(2, -1), start, end });
    else if (text !== undefined) tokens.push({ kind: 'text', text: unquote(text), start, end });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted-name', text: unquote(quoted), start, end });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, start, end });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, start, end });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, start, end });
  }
  return tokens;
}

function unquote(quoted: string): string {
  const quote = quoted.charAt(0);
  const inside = quoted.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}

/** True for the unquoted word, whatever its case. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'name' && words.includes(token.text.toUpperCase());
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol;
}

/** The index after the bracket that closes the one at `open`. */
export function afterBrackets(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    if (isSymbol(tokens[index], '(')) depth += 1;
    else if (isSymbol(tokens[index], ')')) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}
