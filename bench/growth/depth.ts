import * as statements from '../../src/blog/articles/statements.ts';
import type { Statement, StatementValue } from '../../src/database/statement.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { type Comparison, compare, type Effort } from '../comparison.ts';
import type { Opened } from './opened.ts';
import { type Plan, planOf } from './plans.ts';

const OFFSETS = [0, 10_000, 100_000, 500_000, 990_000];
const FOLLOWED = [5, 50, 500];

export type DepthRow = {
  readonly name: string;
  /** A is the first page, B what is named. */
  readonly against: Comparison;
  readonly plan: Plan;
};

export type DepthResult = {
  /** Pages far down a list, by offset and by cursor. */
  readonly pages: readonly DepthRow[];
  /** What grows with one person, whatever the table. */
  readonly people: readonly DepthRow[];
};

/** In the large blog alone: what a page costs far down a list, and a feed of somebody who follows many. */
export async function measureDepth(
  blog: Opened,
  effort: Effort,
  progress: (sentence: string) => void,
): Promise<DepthResult> {
  const measure = async (
    name: string,
    statement: Statement,
    first: readonly StatementValue[],
    values: readonly StatementValue[],
  ): Promise<DepthRow> => {
    const against = await compare(
      () => blog.query(statement, first),
      () => blog.query(statement, values),
      effort,
    );
    progress(`${name}: × ${against.ratio.median.toFixed(2)}`);
    return { name, against, plan: await withConnection(blog.database, (c) => planOf(c, statement, values)) };
  };

  const pages: DepthRow[] = [];
  const first = [20, 0, null, null];
  for (const offset of OFFSETS.filter((offset) => offset < blog.articles)) {
    pages.push(
      await measure(`offset ${offset}`, statements.listNewest, first, [20, offset, null, null]),
      await measure(`cursor behind ${offset}`, statements.listNewest, first, [
        20,
        0,
        ...(await cursorAt(blog, offset)),
      ]),
    );
  }
  const inTag = Math.floor(blog.articles / 24);
  const tag = [...first, 'postgres'];
  pages.push(
    await measure(`offset ${inTag} of a tag`, statements.listByTag, tag, [20, inTag, null, null, 'postgres']),
  );

  const people: DepthRow[] = [];
  for (const followed of FOLLOWED.filter((followed) => followed < blog.users / 2)) {
    const reader = await followSoMany(blog, followed);
    people.push(await measure(`feed, follows ${followed}`, statements.feed, [...first, 1], [...first, reader]));
  }
  return { pages, people };
}

async function cursorAt({ database }: Opened, offset: number): Promise<[string, string]> {
  const { rows } = await withConnection(database, (client) =>
    client.query<{ milliseconds: string; id: string }>(
      `select ((extract(epoch from created_at) * 1000)::bigint)::text as milliseconds, id::text
       from articles order by created_at desc, id desc offset $1 limit 1`,
      [offset],
    ),
  );
  return [rows[0]?.milliseconds ?? '0', rows[0]?.id ?? '0'];
}

/** Lets the person with that id follow so many, spread over all there are. */
async function followSoMany({ database, users }: Opened, followed: number): Promise<number> {
  await withConnection(database, async (client) => {
    await client.query('delete from follows where follower_id = $1', [followed]);
    await client.query(
      `insert into follows (follower_id, followee_id)
       select $1, id from generate_series(1, $2) as id
       where id % ($2::bigint / $1::bigint) = 0 and id <> $1
       limit $1`,
      [followed, users],
    );
    await client.query('vacuum analyze follows');
  });
  return followed;
}
