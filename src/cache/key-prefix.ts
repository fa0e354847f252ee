import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { formatHost } from '../config/host-list.ts';

/**
 * What our keys in Redis begin with. Two databases never share a cache: it depends on which one is configured, past any
 * pooler.
 */
export function keyPrefixOf({ redis, database }: Pick<Config, 'redis' | 'database'>): string {
  const places = (database.direct?.hosts ?? database.hosts).map(formatHost).toSorted().join();
  const digest = createHash('sha256').update(`${places}/${database.name}`).digest('base64url').slice(0, 8);
  return `${redis.keyPrefix}:${digest}`;
}
