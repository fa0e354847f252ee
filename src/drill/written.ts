import { ask } from './ask.ts';
import type { Fact, FactKind } from './load/journal.ts';

/** What PostgreSQL holds of the things with these keys, each as key and value. */
const LOOK_UP: Readonly<Record<FactKind, string>> = {
  article: `
select title as key, body as value
from articles
where title = any ($1)`,
  comment: `
select body as key, 'yes' as value
from comments
where body = any ($1)`,
  favorite: `
select key, 'yes' as value
from (
  select users.username || ' ' || articles.slug as key
  from favorites
  join users on users.id = favorites.user_id
  join articles on articles.id = favorites.article_id
) as favorited
where key = any ($1)`,
  follow: `
select key, 'yes' as value
from (
  select followers.username || ' ' || followees.username as key
  from follows
  join users as followers on followers.id = follows.follower_id
  join users as followees on followees.id = follows.followee_id
) as following
where key = any ($1)`,
  account: `
select username as key, coalesce(bio, '') as value
from users
where username = any ($1)`,
};

export type Written = {
  /** Writes whose outcome is known, by what they were answered with. */
  readonly acknowledged: number;
  readonly refused: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** Refused for certain, and done all the same. */
  readonly doneThoughRefused: readonly string[];
  /** Done more than once. */
  readonly doubled: readonly string[];
};

/** Compares what the journal knows for certain with what PostgreSQL holds. */
export async function checkWritten(postgresUrl: string, facts: readonly Fact[]): Promise<Written> {
  const lost: string[] = [];
  const doneThoughRefused: string[] = [];
  const doubled: string[] = [];
  for (const [kind, text] of Object.entries(LOOK_UP) as [FactKind, string][]) {
    const ofKind = facts.filter((fact) => fact.kind === kind);
    const rows = await ask(postgresUrl, text, [ofKind.map(({ key }) => key)]);
    const held = new Map<string, string[]>();
    for (const { key, value } of rows) held.set(String(key), [...(held.get(String(key)) ?? []), String(value)]);
    for (const { key, value, settled } of ofKind) {
      const values = held.get(key) ?? [];
      if (values.length > 1) doubled.push(`${kind} "${key}" is there ${values.length} times`);
      const seen = values[0] ?? null;
      if (seen === value) continue;
      const sentence = `${kind} "${key}" should be ${inWords(value)} and is ${inWords(seen)}`;
      (settled === 'acknowledged' ? lost : doneThoughRefused).push(sentence);
    }
  }
  const settledAs = (settlement: Fact['settled']) => facts.filter(({ settled }) => settled === settlement).length;
  return {
    acknowledged: settledAs('acknowledged'),
    refused: settledAs('refused'),
    ...{ lost, doneThoughRefused, doubled },
  };
}

function inWords(value: string | null): string {
  return value === null ? 'absent' : `"${value}"`;
}
