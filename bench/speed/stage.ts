import type { Instance } from '../../src/drill/instance.ts';
import { type BarePlan, type BareServer, startBare } from '../bare/bare-server.ts';
import { createBlog, type GrowthBlog } from '../growth/blog.ts';
import type { BenchStage } from '../stage.ts';

const ARTICLES = 40_000;

/** A stage whose servers serve a generated blog; what was started on it ends by `stopAll`. */
export type SpeedStage = Pick<BenchStage, 'servers' | 'tokenOf'> & {
  readonly blog: GrowthBlog;
  start(settings?: Readonly<Record<string, string>>): Promise<Instance>;
  startWithoutRedis(settings?: Readonly<Record<string, string>>): Promise<Instance>;
  startBare(plan: BarePlan): Promise<BareServer>;
  stopAll(): Promise<void>;
};

export async function speedStage(
  stage: BenchStage,
  progress: (sentence: string) => void,
  articles = ARTICLES,
): Promise<SpeedStage> {
  const blog = await createBlog(stage.servers.postgres.url, articles, progress);
  const started: { stop(): Promise<void> | void }[] = [];
  const noted = async <Server extends { stop(): Promise<void> | void }>(starting: Promise<Server>) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const own = { DATABASE_URL: blog.url };
  return {
    ...{ blog, servers: stage.servers, tokenOf: stage.tokenOf },
    start: (settings) => noted(stage.start({ ...own, ...settings })),
    startWithoutRedis: (settings) => noted(stage.startWithoutRedis({ ...own, ...settings })),
    startBare: (plan) => noted(startBare(plan)),
    stopAll: async () => {
      await Promise.all(started.splice(0).map((server) => server.stop()));
    },
  };
}
