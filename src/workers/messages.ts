import type { WorkersState } from './peers.ts';

/** What a worker says to the primary. */
export type FromWorker =
  /** It hears news from now on, and has to know what is already known. */
  | { readonly says: 'joining' }
  /** It takes requests. */
  | { readonly says: 'ready' }
  | { readonly says: 'asks'; readonly number: number; readonly topic: string }
  /** To a question of the primary's. */
  | { readonly says: 'answers'; readonly number: number; readonly answer: unknown }
  /** For all other workers; the primary says when they have dealt with it. */
  | { readonly says: 'spreads'; readonly number: number; readonly topic: string; readonly news: unknown }
  /** For the primary alone. */
  | { readonly says: 'tells'; readonly topic: string; readonly news: string };

/** What the primary says to a worker. */
export type FromPrimary =
  | { readonly says: 'asks'; readonly number: number; readonly topic: string }
  /** To a question of the worker's. */
  | {
      readonly says: 'answers';
      readonly number: number;
      readonly answers: readonly unknown[];
      readonly workers: WorkersState;
    }
  /** News; an answer is expected where it has a number. */
  | { readonly says: 'news'; readonly number?: number; readonly topic: string; readonly news: unknown }
  /** What the worker spread is dealt with. */
  | { readonly says: 'spread'; readonly number: number }
  /** Answer what is under way, then end. */
  | { readonly says: 'drain' };
