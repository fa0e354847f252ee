import { crc32 } from 'node:zlib';

/** The cache families of the blog: what becomes outdated together. `lists` are those of articles but for the feeds. */
const SHARED_FAMILIES = ['lists', 'profiles', 'tags', 'feeds'] as const;

const ARTICLE_SHARDS = 64;
const ACCOUNT_SHARDS = 32;

export type Family =
  | (typeof SHARED_FAMILIES)[number]
  | `article-${number}`
  | `marks-${number}`
  | `sessions-${number}`;

/** An article by itself, with its comments: what is written about one outdates few others, and there are not too many. */
export function articleFamily(slug: string): Family {
  return `article-${crc32(slug) % ARTICLE_SHARDS}`;
}

/** What a viewer likes and follows: viewers share families, so that there is a bounded number of them. */
export function marksFamily(viewerId: string): Family {
  return `marks-${accountShard(viewerId)}`;
}

/** Whether an account's tokens are valid, and what it knows of itself. A new account is news, too: a replica may lack it. */
export function sessionsFamily(userId: string): Family {
  return `sessions-${accountShard(userId)}`;
}

function accountShard(id: string): number {
  return Number(BigInt(id) % BigInt(ACCOUNT_SHARDS));
}

export const ARTICLE_FAMILIES: readonly Family[] = Array.from(
  { length: ARTICLE_SHARDS },
  (_, shard): Family => `article-${shard}`,
);

export const FAMILIES: readonly Family[] = [
  ...SHARED_FAMILIES,
  ...ARTICLE_FAMILIES,
  ...Array.from({ length: ACCOUNT_SHARDS }, (_, shard): Family[] => [`marks-${shard}`, `sessions-${shard}`]).flat(),
];
