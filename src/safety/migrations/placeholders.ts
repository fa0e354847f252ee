import { scanTokens, type Token } from './sql-statements.ts';

export type Placeholder = { readonly text: string; readonly line: number };

const IN_COMMENTS = [
  /\b(?:TODO|FIXME|TBD|XXX)\b/,
  /\bplaceholder\b/i,
  /(?<=^\W*)(?:add|put|write|insert|paste|enter|your)\b.{0,60}\bhere\b/i,
  /(?<=^\W*)(?:write|add|enter) your\b/i,
  /\bnot (?:yet )?implemented\b/i,
];

/** Whole names and whole texts that nobody means. */
const WORDS = /^(?:x{3,}|change[-_ ]?me|replace[-_ ]?me|placeholder|todo|fixme|tbd|\.{3}|your[-_ ].+)$/i;

/** Slots of templates, within texts and where the SQL does not parse. */
const SLOTS = [
  /\{\{.*?\}\}/,
  /\$\{.*?\}/,
  /<(?:your|insert|name of|todo)\b[^>]*>/i,
  /<[^<>]+ here>/i,
  /<[A-Z]+(?:_[A-Z]+)+>/,
];

/** What stands where SQL cannot: only looked at where PostgreSQL's parser gave up. */
const NO_SQL = [...SLOTS, /<[a-z][\w -]*>/i, /(?<![:\w]):[a-z_]\w*/i, /%[sd]\b/, /\.{3}/];

/** Accepts what only looks like one, by its very text: -- not a placeholder: {{name}} */
const MEANT = /not a placeholder:\s*(.+?)\s*(?:\*\/)?$/;

/** What somebody meant to fill in later, in comments, names and texts, also of function bodies. */
export async function findPlaceholders(sql: string): Promise<Placeholder[]> {
  const tokens = await scanTokens(sql);
  const meant = tokens.flatMap(({ text }) => MEANT.exec(text)?.[1] ?? []);
  const found = await Promise.all(tokens.map(placeholdersIn));
  return found.flat().filter(({ text }) => !meant.includes(text));
}

async function placeholdersIn(token: Token): Promise<Placeholder[]> {
  const { name, text, line } = token;
  switch (name) {
    case 'SQL_COMMENT':
    case 'C_COMMENT':
      return MEANT.test(text) ? [] : firstMatch(IN_COMMENTS, text, line);
    case 'IDENT':
      return WORDS.test(text.replaceAll('"', '')) ? [{ text, line }] : [];
    case 'SCONST':
      return text.startsWith('$') ? placeholdersInBody(text, line) : placeholdersInText(text, line);
    default:
      return [];
  }
}

function placeholdersInText(quoted: string, line: number): Placeholder[] {
  const text = quoted.replace(/^.*?'|'$/gs, '');
  return WORDS.test(text) ? [{ text, line }] : firstMatch(SLOTS, text, line);
}

async function placeholdersInBody(quoted: string, line: number): Promise<Placeholder[]> {
  const body = quoted.replace(/^\$\w*\$|\$\w*\$$/g, '');
  return (await findPlaceholders(body)).map((inner) => ({ ...inner, line: line + inner.line - 1 }));
}

/** The template's slot in a line that PostgreSQL could not read, if it looks like one. */
export function slotIn(line: string): string | undefined {
  return firstMatch(NO_SQL, line, 0)[0]?.text;
}

function firstMatch(patterns: readonly RegExp[], text: string, line: number): Placeholder[] {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null)
      return [{ text: match[0].trim(), line: line + text.slice(0, match.index).split('\n').length - 1 }];
  }
  return [];
}
