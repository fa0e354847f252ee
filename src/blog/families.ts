/** The cache families of the blog: what becomes outdated together. */
const SHARED_FAMILIES = ['articles', 'comments', 'profiles', 'tags', 'feeds', 'sessions'] as const;

const MARKS_SHARDS = 32;

export type Family = (typeof SHARED_FAMILIES)[number] | `marks-${number}`;

/** What a viewer likes and follows: viewers share families, so that there is a bounded number of them. */
export function marksFamily(viewerId: string): Family {
  return `marks-${Number(BigInt(viewerId) % BigInt(MARKS_SHARDS))}`;
}

export const FAMILIES: readonly Family[] = [
  ...SHARED_FAMILIES,
  ...Array.from({ length: MARKS_SHARDS }, (_, shard): Family => `marks-${shard}`),
];
