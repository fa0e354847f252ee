import type { Fact } from './journal.ts';
import type { RequestRecord, Sighting } from './record.ts';
import type { Material } from './route.ts';

export type LoadPlan = {
  /** The servers; requests take turns among them. */
  readonly origins: readonly string[];
  readonly material: Material;
  readonly ratePerSecond: number;
  /** How long a request may take before it counts as hung; well above the server's own deadline. */
  readonly limitMs: number;
  /** True where a client goes to the next server when one cannot be reached. */
  readonly retryElsewhere: boolean;
  /** A word that no other run has, for the names of what is written. */
  readonly run: string;
};

/** What the drill tells the load's process, and what that says. */
export type ToLoad = { readonly do: 'begin'; readonly plan: LoadPlan } | { readonly do: 'end' };

export type News = {
  readonly records: readonly RequestRecord[];
  readonly sightings: readonly Sighting[];
  /** The longest time in milliseconds for which the load's own process was not let run. */
  readonly stallMs: number;
};

export type FromLoad =
  /** What is read again and again was read once from every server; from here on the rate is constant. */
  | { readonly said: 'begun' }
  | ({ readonly said: 'news' } & News)
  /** Everything is answered or given up; the last thing that is said. */
  | { readonly said: 'done'; readonly facts: readonly Fact[] };
