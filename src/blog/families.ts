/** The cache families of the blog: what becomes outdated together. */
export const FAMILIES = ['articles', 'comments', 'profiles', 'tags'] as const;

export type Family = (typeof FAMILIES)[number];
