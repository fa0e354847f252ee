import { loadConfig } from '../src/config/config.ts';
import { asOptions, PLANNING, sessionLimits } from '../src/database/session-settings.ts';
import { runShell } from '../src/throwaway/shell.ts';
import { createBlog, type GrowthBlog } from './growth-blog.ts';
import { runLoad } from './load.ts';
import type { LoadPlan, LoadRequest, LoadResult } from './load-plan.ts';
import { startBare } from './outage-bare.ts';
import type { OutageEffort, Progress } from './outage-reads.ts';
import { type OutageStage, portOf } from './outage-stage.ts';

const ARTICLES = 60_000;
const LARGEST_PAGE = 20;
/** Fewer than Steadfast's places and its queue together: nobody is refused. */
const CONNECTIONS = 16;
const WARM_UP_MS = 3000;

/** Reads of which none was asked for before, so that nothing but Redis can be said to be away. */
export type RedisResult = {
  /** The same statements through bare Fastify and @fastify/postgres. */
  readonly bare: readonly LoadResult[];
  /** Steadfast with Redis up and nothing in it. */
  readonly present: readonly LoadResult[];
  /** Steadfast while Redis is ended, and while it is stopped with SIGSTOP. */
  readonly killed: readonly LoadResult[];
  readonly frozen: readonly LoadResult[];
};

/** Each measurement is on a process started for it, so that all are equally warm and nothing is in a cache. */
export async function measureRedis(
  stage: OutageStage,
  { rounds, measureMs }: OutageEffort,
  progress: Progress,
): Promise<RedisResult> {
  const blog = await createBlog(stage.servers.postgres.url, ARTICLES, progress);
  const { redis } = stage.servers;
  const plan = {
    requests: reads(blog),
    connections: CONNECTIONS,
    ...{ warmUpMs: WARM_UP_MS, measureMs, status: 200 },
  };
  const onSteadfast = async (begin: () => Promise<unknown>, end: () => Promise<unknown>) => {
    const instance = await stage.start({ DATABASE_URL: blog.url });
    try {
      await begin();
      return uncached(plan, await runLoad({ ...plan, port: portOf(instance) }));
    } finally {
      await end();
      await instance.stop();
    }
  };
  const nothing = async () => {};
  const kill = () => runShell(redis.commands.kill);
  const results = { bare: [], present: [], killed: [], frozen: [] } as Record<keyof RedisResult, LoadResult[]>;
  for (let round = 1; round <= rounds; round += 1) {
    results.bare.push(await onBare(blog, plan));
    results.killed.push(await onSteadfast(kill, () => redis.start()));
    // It keeps nothing on disk, so that it has just come up empty.
    results.present.push(await onSteadfast(nothing, kill));
    await redis.start();
    results.frozen.push(
      await onSteadfast(
        () => runShell(redis.commands.freeze),
        () => runShell(redis.commands.thaw),
      ),
    );
    await kill();
    await redis.start();
    progress(`Redis away: round ${round} of ${rounds}`);
  }
  return results;
}

async function onBare({ url }: GrowthBlog, plan: Omit<LoadPlan, 'port'>): Promise<LoadResult> {
  const { database } = loadConfig({ DATABASE_URL: url });
  const bare = await startBare({
    serves: 'statements',
    databaseUrl: url,
    sessionOptions: asOptions({ ...sessionLimits(database), ...PLANNING }),
    connections: database.poolMax,
  });
  try {
    return await runLoad({ ...plan, port: bare.port });
  } finally {
    bare.stop();
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
function uncached({ requests }: Pick<LoadPlan, 'requests'>, result: LoadResult): LoadResult {
  const cached = result.answered - result.forwarded;
  if (cached === 0) return result;
  const reason = `answered from a cache (there are only ${requests.length} different reads)`;
  return { ...result, failures: { ...result.failures, [reason]: cached } };
}
