import { join } from 'node:path';
import { articleBySlug, listByAuthor } from '../../src/blog/articles/statements.ts';
import { bareStatements } from '../bare/bare-server.ts';
import { promisedWith } from '../bare/promised.ts';
import { addressOf } from '../stage.ts';
import { pgbench } from './pgbench.ts';
import { needSameContent } from './same-content.ts';
import { articlePath, authorPath, type Row, type Side, sameAsNow } from './side.ts';
import type { SpeedStage } from './stage.ts';

/** Fewer than the places at the pool and its queue together: nobody is refused. */
const CONNECTIONS = 20;
const GOAL = 0.9;
const CHECKED = 40;
const SCRIPT = join(import.meta.dirname, 'reads.lua');

/** Reads that nobody keeps, beside bare Fastify with the very same prepared statement, and beside pgbench. */
export async function uncachedRows(stage: SpeedStage): Promise<Row[]> {
  const { blog } = stage;
  const server = await stage.startWithoutRedis({ CACHE_MEMORY_BYTES: '0', CACHE_FRESH_MS: '1' });
  const bare = await stage.startBare(bareStatements(blog.url));
  const both = async (kind: 'articles' | 'authors', amount: number, path: (number: number) => string) => {
    const side = async (address: Side['address']): Promise<Side> => {
      const step = Math.floor(amount / CHECKED);
      const paths = Array.from({ length: CHECKED }, (_, index) => path(1 + index * step));
      const checks = await sameAsNow(address, paths);
      const load = (run: number) => ({
        path: '/',
        script: { file: SCRIPT, args: [kind, String(amount), String(run)] },
      });
      return { address, load, checks: () => checks };
    };
    const ours = { ...(await side(addressOf(server))), statementsEach: 1 as const };
    const beside = await side(bare.address);
    needSameContent(ours.checks(0, 0), beside.checks(0, 0));
    const promised = await promisedWith(server, path(1), true);
    const least = await side((await stage.startBare({ ...bareStatements(blog.url), promised })).address);
    return { ours, beside, least };
  };
  const common = { goal: GOAL, connections: CONNECTIONS };
  const ceiling = '(c) bare Fastify, the same prepared statement';
  const articles = await both('articles', blog.articles, articlePath);
  const authors = await both('authors', blog.users, authorPath);
  return [
    {
      ...{ name: 'an article, uncached', ceiling, ...common, ...articles },
      third: pgbench(blog, articleBySlug, blog.articles, ["'generated-' || :number"]),
    },
    {
      ...{ name: "an author's list, uncached", ceiling, ...common, ...authors },
      third: pgbench(blog, listByAuthor, blog.users, ['20', '0', 'null', 'null', "'reader-' || :number"]),
    },
  ];
}
