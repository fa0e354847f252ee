/** What was found of one part of the whole, and in words what to do about it. */
export type Check = { readonly status: 'pass' | 'warn' | 'fail'; readonly message: string };
