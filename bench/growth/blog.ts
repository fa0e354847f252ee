import { type DatabaseConfig, loadConfig } from '../../src/config/config.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { migrate } from '../../src/safety/migrations/migrate.ts';
import { seedGenerated } from '../../src/safety/seed.ts';

/** A tag that twenty articles have, however many there are. */
export const RARE_TAG = 'needle';
const RARE_ARTICLES = 20;
const ARTICLES_PER_AUTHOR = 20;
/** Each so many articles one has ten comments. */
export const COMMENTED_EVERY = 10;
const COMMENTS = 10;

export type GrowthBlog = {
  readonly url: string;
  readonly database: DatabaseConfig;
  readonly articles: number;
  readonly users: number;
  readonly cursor: readonly [milliseconds: string, id: string];
};

/**
 * A blog of that size in a database of its own: everybody wrote 20 articles, likes 10 and follows 5, so that a page has
 * as much to show in a small blog as in a large one, and only the tables differ.
 */
export async function createBlog(
  serverUrl: string,
  articles: number,
  progress: (sentence: string) => void,
): Promise<GrowthBlog> {
  const name = `growth_${articles}`;
  const users = Math.max(25, Math.ceil(articles / ARTICLES_PER_AUTHOR));
  const server = loadConfig({ DATABASE_URL: serverUrl }).database;
  await withConnection(server, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  // One connection: its prepared statements are warm after a few calls, and nobody queues for it.
  const { database } = loadConfig({ DATABASE_URL: url.href, DB_POOL_MAX: '1' });
  await migrate(database, () => {});
  const startedAt = performance.now();
  await seedGenerated(database, { users, articles }, () => {});
  const cursor = await addTheRest(database, articles);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  progress(`${articles} articles by ${users} people, made in ${seconds} s`);
  return { url: url.href, database, articles, users, cursor };
}

async function addTheRest(database: DatabaseConfig, articles: number): Promise<GrowthBlog['cursor']> {
  return withConnection(database, async (client) => {
    await client.query('update articles set tag_list = tag_list || $1::text where id % $2 = 0', [
      RARE_TAG,
      Math.ceil(articles / RARE_ARTICLES),
    ]);
    await client.query(
      `insert into comments (article_id, author_id, body)
       select id, author_id, 'A comment for measuring, number ' || n
       from articles, generate_series(1, $1) as n
       where id % $2 = 0`,
      [COMMENTS, COMMENTED_EVERY],
    );
    // As autovacuum does sooner or later: it tells PostgreSQL that the indexes alone are enough.
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ milliseconds: string; id: string }>(
      `select ((extract(epoch from created_at) * 1000)::bigint)::text as milliseconds, id::text
       from articles where id = $1`,
      [Math.ceil(articles / 2)],
    );
    return [rows[0]?.milliseconds ?? '0', rows[0]?.id ?? '0'];
  });
}
