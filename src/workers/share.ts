import type { Config } from '../config/config.ts';

/** One worker's share of what the configuration says of all together: connections, who waits for one, memory. */
export function shareOf(config: Config): Config {
  const { workers, database, cache } = config;
  const share = (whole: number) => Math.floor(whole / workers);
  return {
    ...config,
    database: {
      ...database,
      poolMax: share(database.poolMax),
      queueMax: Math.ceil(database.queueMax / workers),
    },
    cache: { ...cache, memoryBytes: share(cache.memoryBytes) },
  };
}
