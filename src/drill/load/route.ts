import type { Hold } from './journal.ts';
import type { RouteKind } from './record.ts';

export type Person = { readonly username: string; readonly email: string; readonly token: string };

/** What the blog holds before the load begins. */
export type Material = {
  readonly people: readonly Person[];
  readonly password: string;
  readonly slugs: readonly string[];
  readonly tags: readonly string[];
};

export type PlannedRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For a write that PostgreSQL is asked about afterwards. */
  readonly hold?: Hold;
};

/** One line of the load: what is asked for, and how often compared with the others. */
export type Route = {
  readonly name: string;
  readonly kind: RouteKind;
  readonly weight: number;
  /** After so many turns it begins again from the first; undefined where no two are the same. */
  readonly cycle?: number;
  /** Its next request, or undefined when there is nothing it could be about yet. `turn` counts from 0. */
  next(turn: number): PlannedRequest | undefined;
};

/** The turn-th of a list, round and round. */
export function pick<Item>(items: readonly Item[], turn: number): Item {
  const item = items[turn % items.length];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
