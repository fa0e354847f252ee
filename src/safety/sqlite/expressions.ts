import { callFunction, globToRegularExpression } from './functions.ts';
import {
  arithmetic,
  asCondition,
  asText,
  commonKind,
  compare,
  condition,
  EXACT,
  NUMBERS,
  numberLiteral,
  type Translated,
  textLiteral,
  Untranslatable,
} from './operations.ts';
import { quoteName, quoteText } from './quoting.ts';
import { isSymbol, isWord, type Token, tokenize } from './tokens.ts';
import type { TargetType } from './values.ts';

/** The columns an expression may name: by lower-case name. */
export type Scope = ReadonlyMap<
  string,
  { readonly name: string; readonly type: TargetType; readonly collation: string }
>;

const COMPARISONS: Readonly<Record<string, string>> = {
  '=': '=',
  '==': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/**
 * Translates an expression of SQLite's into one of PostgreSQL's that means the same for every value its columns can
 * hold. Text columns are expected to have the collation "C", as SQLite compares.
 * @throws {Untranslatable} where there is any doubt
 */
export function translate(sql: string, scope: Scope): Translated {
  const parser = new Parser(tokenize(sql), scope);
  const result = parser.expression();
  parser.end();
  return result;
}

/** The same, as a condition: SQLite takes any number for one. */
export function translateCondition(sql: string, scope: Scope): string {
  return asCondition(translate(sql, scope)).sql;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #scope: Scope;
  #at = 0;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token !== undefined) throw new Untranslatable(`"${token.text}" is not understood`);
  }

  expression(): Translated {
    return this.#chain('OR', () => this.#chain('AND', () => this.#negation()));
  }

  #chain(word: 'OR' | 'AND', operand: () => Translated): Translated {
    let left = operand();
    while (this.#takeWord(word)) {
      const right = asCondition(operand());
      left = condition(`(${asCondition(left).sql} ${word.toLowerCase()} ${right.sql})`);
    }
    return left;
  }

  #negation(): Translated {
    if (this.#takeWord('NOT')) return condition(`(not ${asCondition(this.#negation()).sql})`);
    return this.#equality();
  }

  #equality(): Translated {
    let left = this.#order();
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind === 'symbol' && ['=', '==', '<>', '!='].includes(token.text)) {
        this.#at += 1;
        left = compare(left, COMPARISONS[token.text] ?? '=', this.#order());
      } else if (this.#takeWord('IS')) left = this.#is(left);
      else if (this.#takeWord('ISNULL')) left = condition(`(${left.sql} is null)`);
      else if (this.#takeWord('NOTNULL')) left = condition(`(${left.sql} is not null)`);
      else {
        const negated = isWord(token, 'NOT');
        const word = this.#tokens[negated ? this.#at + 1 : this.#at];
        if (!isWord(word, 'IN', 'BETWEEN', 'LIKE', 'GLOB', 'NULL')) return left;
        this.#at += negated ? 2 : 1;
        const positive = this.#test(left, word?.text.toUpperCase() ?? '');
        left = negated ? condition(`(not ${positive.sql})`) : positive;
      }
    }
  }

  #is(left: Translated): Translated {
    const negated = this.#takeWord('NOT');
    if (this.#takeWord('DISTINCT')) throw new Untranslatable('IS DISTINCT FROM');
    const right = this.#order();
    if (right.kind === 'null') return condition(`(${left.sql} is ${negated ? 'not ' : ''}null)`);
    return compare(left, `is ${negated ? '' : 'not '}distinct from`, right);
  }

  #test(left: Translated, word: string): Translated {
    if (word === 'NULL') return condition(`(${left.sql} is null)`);
    if (word === 'IN') {
      const values = this.#list();
      const [first] = values;
      if (first === undefined) throw new Untranslatable('IN without values');
      return condition(`(${values.map((value) => compare(left, '=', value).sql).join(' or ')})`);
    }
    if (word === 'BETWEEN') {
      const low = this.#order();
      if (!this.#takeWord('AND')) throw new Untranslatable('BETWEEN without AND');
      const high = this.#order();
      return condition(`(${compare(left, '>=', low).sql} and ${compare(left, '<=', high).sql})`);
    }
    const pattern = this.#order();
    if (isWord(this.#tokens[this.#at], 'ESCAPE')) throw new Untranslatable('ESCAPE');
    if (left.kind !== 'text' || pattern.kind !== 'text' || pattern.literal === undefined) {
      throw new Untranslatable(`${word} on what is not text`);
    }
    if (word === 'GLOB') return condition(`(${left.sql} ~ ${quoteText(globToRegularExpression(pattern.literal))})`);
    if (pattern.literal.includes('\\')) throw new Untranslatable('LIKE with a backslash');
    return condition(`(${left.sql} ilike ${pattern.sql})`);
  }

  #order(): Translated {
    let left = this.#sum();
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind !== 'symbol' || !['<', '<=', '>', '>='].includes(token.text)) return left;
      this.#at += 1;
      left = compare(left, token.text, this.#sum());
    }
  }

  #sum(): Translated {
    let left = this.#product();
    for (;;) {
      const symbol = this.#takeSymbol('+') ?? this.#takeSymbol('-');
      if (symbol === undefined) return left;
      left = arithmetic(left, symbol, this.#product());
    }
  }

  #product(): Translated {
    let left = this.#concatenation();
    for (;;) {
      const symbol = this.#takeSymbol('*') ?? this.#takeSymbol('/') ?? this.#takeSymbol('%');
      if (symbol === undefined) return left;
      left = arithmetic(left, symbol, this.#concatenation());
    }
  }

  #concatenation(): Translated {
    let left = this.#collated();
    while (this.#takeSymbol('||') !== undefined) {
      const right = this.#collated();
      left = { sql: `(${asText(left)} || ${asText(right)})`, kind: 'text' };
    }
    return left;
  }

  #collated(): Translated {
    const operand = this.#unary();
    if (!this.#takeWord('COLLATE')) return operand;
    return { ...operand, collation: this.#next().text.toUpperCase(), collated: true };
  }

  #unary(): Translated {
    if (this.#takeSymbol('+') !== undefined) return this.#unary();
    if (this.#takeSymbol('-') === undefined) return this.#primary();
    const operand = this.#unary();
    if (!NUMBERS.has(operand.kind)) throw new Untranslatable('- before what is not a number');
    const literal = operand.literal === undefined ? {} : { literal: `-${operand.literal}` };
    return { sql: `(-${operand.sql})`, kind: operand.kind, ...literal };
  }

  #primary(): Translated {
    const token = this.#next();
    if (isSymbol(token, '(')) {
      const inside = this.expression();
      this.#expect(')');
      return inside;
    }
    if (token.kind === 'number') return numberLiteral(token.text);
    if (token.kind === 'text') return textLiteral(token.text);
    if (token.kind === 'blob') {
      return { sql: `'\\x${token.text.toLowerCase()}'::bytea`, kind: 'bytea', literal: token.text };
    }
    if (isWord(token, 'NULL')) return { sql: 'null', kind: 'null' };
    if (isWord(token, 'CASE')) return this.#case();
    if (isWord(token, 'CAST')) return this.#cast();
    if (token.kind === 'name' && isSymbol(this.#tokens[this.#at], '(')) {
      return callFunction(token.text.toLowerCase(), this.#list());
    }
    return this.#column(token);
  }

  #column(token: Token): Translated {
    let name = token;
    // The table's own name before a column says nothing new.
    while (this.#takeSymbol('.') !== undefined) name = this.#next();
    const column = this.#scope.get(name.text.toLowerCase());
    if (column !== undefined && (name.kind === 'name' || name.kind === 'quoted-name')) {
      return { sql: quoteName(column.name), kind: column.type, collation: column.collation };
    }
    if (isWord(name, 'TRUE', 'FALSE')) return numberLiteral(isWord(name, 'TRUE') ? '1' : '0');
    // SQLite takes a quoted name that no column has for a text.
    if (name.kind === 'quoted-name') return textLiteral(name.text);
    throw new Untranslatable(`"${name.text}" is not understood`);
  }

  #case(): Translated {
    const subject = isWord(this.#tokens[this.#at], 'WHEN') ? undefined : this.expression();
    const branches: { when: string; value: Translated }[] = [];
    while (this.#takeWord('WHEN')) {
      const test = this.expression();
      const when = subject === undefined ? asCondition(test).sql : compare(subject, '=', test).sql;
      if (!this.#takeWord('THEN')) throw new Untranslatable('CASE without THEN');
      branches.push({ when, value: this.expression() });
    }
    const otherwise = this.#takeWord('ELSE') ? this.expression() : { sql: 'null', kind: 'null' as const };
    if (!this.#takeWord('END')) throw new Untranslatable('CASE without END');
    const kind = commonKind([...branches.map(({ value }) => value), otherwise]);
    const parts = branches.map(({ when, value }) => `when ${when} then ${value.sql}`);
    return { sql: `(case ${parts.join(' ')} else ${otherwise.sql} end)`, kind };
  }

  #cast(): Translated {
    this.#expect('(');
    const operand = this.expression();
    if (!this.#takeWord('AS')) throw new Untranslatable('CAST without AS');
    const type = this.#next().text.toUpperCase();
    this.#expect(')');
    if (type.includes('INT') && operand.kind === 'bigint') return operand;
    if (type === 'TEXT' && (operand.kind === 'text' || operand.kind === 'bigint')) {
      return { sql: asText(operand), kind: 'text' };
    }
    if (/REAL|FLOA|DOUB/.test(type) && EXACT.has(operand.kind)) {
      return { sql: `(${operand.sql})::double precision`, kind: 'double precision' };
    }
    throw new Untranslatable(`CAST to ${type}`);
  }

  #list(): Translated[] {
    this.#expect('(');
    const values: Translated[] = [];
    if (this.#takeSymbol(')') !== undefined) return values;
    do values.push(this.expression());
    while (this.#takeSymbol(',') !== undefined);
    this.#expect(')');
    return values;
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Untranslatable('it ends too early');
    this.#at += 1;
    return token;
  }

  #expect(symbol: string): void {
    if (this.#takeSymbol(symbol) === undefined) throw new Untranslatable(`${symbol} is missing`);
  }

  #takeSymbol(symbol: string): string | undefined {
    if (!isSymbol(this.#tokens[this.#at], symbol)) return undefined;
    this.#at += 1;
    return symbol;
  }

  #takeWord(word: string): boolean {
    if (!isWord(this.#tokens[this.#at], word)) return false;
    this.#at += 1;
    return true;
  }
}
