/** How many look-ups each tier had since the start, by what came of them. */
export type Lookups = {
  readonly memory: Readonly<Record<'hit' | 'miss' | 'stale', number>>;
  /** `bypass` is a Redis that is away or did not answer; `skipped` one that need not be asked again so soon. */
  readonly redis: Readonly<Record<'hit' | 'miss' | 'stale' | 'bypass' | 'skipped', number>>;
};

export type Tier = keyof Lookups;

type Counts = { readonly [tier in Tier]: { -readonly [result in keyof Lookups[tier]]: number } };

export function noLookups(): Counts {
  return { memory: { hit: 0, miss: 0, stale: 0 }, redis: { hit: 0, miss: 0, stale: 0, bypass: 0, skipped: 0 } };
}
