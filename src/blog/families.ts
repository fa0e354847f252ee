import { crc32 } from 'node:zlib';

/** The cache families of the blog: what becomes outdated together. `lists` are those of articles but for the feeds. */
const SHARED_FAMILIES = ['lists', 'profiles', 'tags', 'feeds', 'sessions'] as const;

const ARTICLE_SHARDS = 64;
const MARKS_SHARDS = 32;

export type Family = (typeof SHARED_FAMILIES)[number] | `article-${number}` | `marks-${number}`;

/** An article by itself, with its comments: what is written about one outdates few others, and there are not too many. */
export function articleFamily(slug: string): Family {
  return `article-${crc32(slug) % ARTICLE_SHARDS}`;
}

/** What a viewer likes and follows: viewers share families, so that there is a bounded number of them. */
export function marksFamily(viewerId: string): Family {
  return `marks-${Number(BigInt(viewerId) % BigInt(MARKS_SHARDS))}`;
}

export const ARTICLE_FAMILIES: readonly Family[] = Array.from(
  { length: ARTICLE_SHARDS },
  (_, shard): Family => `article-${shard}`,
);

export const FAMILIES: readonly Family[] = [
  ...SHARED_FAMILIES,
  ...ARTICLE_FAMILIES,
  ...Array.from({ length: MARKS_SHARDS }, (_, shard): Family => `marks-${shard}`),
];
