import type { Instance } from '../../src/drill/instance.ts';
import { runShell } from '../../src/throwaway/shell.ts';
import { bareStatements, startBare } from '../bare/bare-server.ts';
import { createBlog, type GrowthBlog } from '../growth/blog.ts';
import { runLoad } from '../load/load.ts';
import type { LoadResult } from '../load/plan.ts';
import type { LoadRequest } from '../load/request.ts';
import { addressOf, type BenchStage, untilHealthy } from '../stage.ts';
import type { OutageEffort, Progress } from './reads.ts';

const ARTICLES = 40_000;
const LARGEST_PAGE = 20;
/** Fewer than Steadfast's places and its queue together: nobody is refused. */
const CONNECTIONS = 16;
const WARM_UP_MS = 3000;

/** Reads of which none was asked for before, so that nothing but Redis can be said to be away. */
export type RedisResult = {
  /** The same statements through bare Fastify and @fastify/postgres. */
  readonly bare: readonly LoadResult[];
  /** Another Steadfast, that never had a Redis: PostgreSQL only. */
  readonly postgresOnly: readonly LoadResult[];
  /** Steadfast with Redis up and nothing in it. */
  readonly present: readonly LoadResult[];
  /** Steadfast while Redis is ended, and while it is stopped with SIGSTOP. */
  readonly killed: readonly LoadResult[];
  readonly frozen: readonly LoadResult[];
};

/** Nothing is kept in the process, so that one process serves all rounds and is warm, and every read is a miss. */
export async function measureRedis(
  stage: BenchStage,
  { rounds, measureMs }: OutageEffort,
  progress: Progress,
): Promise<RedisResult> {
  const blog = await createBlog(stage.servers.postgres.url, ARTICLES, progress);
  const { redis } = stage.servers;
  const { kill, freeze, thaw } = redis.commands;
  const bare = await startBare(bareStatements(blog.url));
  const settings = { DATABASE_URL: blog.url, CACHE_MEMORY_BYTES: '0' };
  const instance = await stage.start(settings);
  const withoutRedis = await stage.startWithoutRedis(settings);
  const plan = { requests: reads(blog), connections: CONNECTIONS, warmUpMs: WARM_UP_MS, measureMs, status: 200 };
  const onBare = () => runLoad({ ...plan, ...bare.address });
  const on = async (server: Instance) => uncached(plan, await runLoad({ ...plan, ...addressOf(server) }));
  const results = { bare: [], postgresOnly: [], present: [], killed: [], frozen: [] } as Record<
    keyof RedisResult,
    LoadResult[]
  >;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      results.bare.push(await onBare());
      await runShell(kill);
      results.postgresOnly.push(await on(withoutRedis));
      results.killed.push(await on(instance));
      // It writes nothing to disk, so that it comes up empty.
      await redis.start();
      await untilHealthy(instance);
      results.present.push(await on(instance));
      await runShell(freeze);
      results.frozen.push(await on(instance));
      await runShell(thaw);
      progress(`Redis away: round ${round} of ${rounds}`);
    }
    return results;
  } finally {
    bare.stop();
    await stage.restore();
    await Promise.all([instance.stop(), withoutRedis.stop()]);
  }
}

/** Articles and authors' lists in turn, none twice. */
function reads({ articles, users }: GrowthBlog): LoadRequest[] {
  return Array.from({ length: 2 * Math.min(articles, users * LARGEST_PAGE) }, (_, index): LoadRequest => {
    const turn = Math.floor(index / 2);
    const path =
      index % 2 === 0
        ? `/api/articles/generated-${1 + turn}`
        : `/api/articles?author=reader-${1 + (turn % users)}&limit=${1 + Math.floor(turn / users)}`;
    return { method: 'GET', path };
  });
}

/** Counts what did not come from PostgreSQL as a failure: it would be measured for nothing. */
function uncached({ requests }: { requests: readonly LoadRequest[] }, result: LoadResult): LoadResult {
  const cached = result.answered - result.forwarded;
  if (cached === 0) return result;
  const reason = `answered from a cache (there are only ${requests.length} different reads)`;
  return { ...result, failures: { ...result.failures, [reason]: cached } };
}
