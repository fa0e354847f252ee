import { escapeLiteral } from 'pg';
import { test } from 'tap';
import * as articles from '../../src/blog/articles/statements.ts';
import { commentsBySlug } from '../../src/blog/comments/statements.ts';
import { profileByUsername } from '../../src/blog/profiles/statements.ts';
import { listTags } from '../../src/blog/tags/statements.ts';
import { accountByEmail, accountById, tokenVersion } from '../../src/blog/users/statements.ts';
import { marksOfViewer } from '../../src/blog/viewer-marks.ts';
import { loadConfig } from '../../src/config/config.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { seedGenerated } from '../../src/safety/seed.ts';
import { openDatabase } from '../support/open-database.ts';
import { createDatabase } from '../support/shared-servers.ts';

const LARGE = ['articles', 'article_tags', 'favorites', 'follows', 'comments', 'users'];

const TWENTY = `{${Array.from({ length: 20 }, (_, index) => 4711 + index).join()}}`;
const PEOPLE = '{78,79,80,81,82,1001,1002,1003}';

const READS: [{ name: string; text: string }, ...(string | number | null)[]][] = [
  [articles.listNewest, 20, 0, null, null],
  [articles.listNewest, 100, 1000, null, null],
  [articles.listByTag, 20, 0, null, null, 'postgres'],
  [articles.listByTag, 20, 0, null, null, 'rare'],
  [articles.listByAuthor, 20, 0, null, null, 'reader-77'],
  [articles.listByFavorited, 20, 0, null, null, 'reader-77'],
  [articles.listByAuthorAndMore, 20, 0, null, null, 'reader-77', 'postgres', null],
  [articles.listByAuthorAndMore, 20, 0, null, null, 'reader-77', null, 'reader-78'],
  [articles.listByAuthorAndMore, 20, 0, null, null, 'reader-77', 'postgres', 'reader-78'],
  [articles.listByFavoritedAndTag, 20, 0, null, null, 'reader-77', 'postgres'],
  [articles.listNewest, 20, 0, '1772612100000', '4711'],
  [articles.listByTag, 20, 0, '1772612100000', '4711', 'postgres'],
  [articles.listByAuthor, 20, 0, '1772612100000', '4711', 'reader-77'],
  [articles.listByFavorited, 20, 0, '1772612100000', '4711', 'reader-77'],
  [articles.listByAuthorAndMore, 20, 0, '1772612100000', '4711', 'reader-77', 'postgres', 'reader-78'],
  [articles.listByFavoritedAndTag, 20, 0, '1772612100000', '4711', 'reader-77', 'postgres'],
  [articles.feed, 20, 0, null, null, 77],
  [articles.feed, 100, 1000, null, null, 77],
  [articles.feed, 20, 0, '1772612100000', '4711', 77],
  [articles.articleBySlug, 'generated-4711'],
  [commentsBySlug, 'generated-4711'],
  [profileByUsername, 'READER-77'],
  [listTags],
  [marksOfViewer, 77, TWENTY, PEOPLE],
  [tokenVersion, 77],
  [accountById, 77],
  [accountByEmail, 'READER-77@example.com'],
];

type Node = { 'Node Type': string; 'Relation Name'?: string; Plans?: Node[] };

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

test('with 20,000 articles no read looks through a whole table', async (t) => {
  const { database } = loadConfig({ DATABASE_URL: await createDatabase(t) });
  await seedGenerated(database, { users: 2000, articles: 20_000 }, () => {});
  await withConnection(database, async (client) => {
    await client.query(
      `insert into comments (article_id, author_id, body)
       select article.id, article.author_id, 'A comment for measuring' from articles as article, generate_series(1, 2)`,
    );
    // As autovacuum does soon after: it tells PostgreSQL that the indexes alone are enough.
    await client.query('vacuum analyze');
    for (const [statement, ...values] of READS) {
      await client.query(`prepare read as ${statement.text}`);
      const given = values.map((value) => (value === null ? 'null' : escapeLiteral(String(value))));
      // PostgreSQL plans a named statement for its values at first, and once for all from the sixth time on.
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await t.test(`${statement.name} ${values.join(' ')}, ${mode}`, async (t) => {
          await client.query(`set plan_cache_mode = ${mode}`);
          const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
            `explain (format json) execute read${given.length > 0 ? ` (${given})` : ''}`,
          );
          const plan = rows[0]?.['QUERY PLAN'][0].Plan;
          if (plan === undefined) throw new Error('no plan');
          const scanned = nodesOf(plan).filter((node) => node['Node Type'] === 'Seq Scan');
          const tables = scanned.map((node) => node['Relation Name'] ?? '');
          t.same(
            tables.filter((table) => LARGE.includes(table)),
            [],
          );
        });
      }
      await client.query('deallocate read');
    }
  });
});

test('statements are planned once a connection, and never compiled', async (t) => {
  const { database } = await openDatabase(t, { DATABASE_URL: await createDatabase(t) });
  const settings = `select current_setting('plan_cache_mode') || ', ' || current_setting('jit')`;
  t.equal(await database.query({ name: 'settings', text: settings }, []), 'force_generic_plan, off');
});
