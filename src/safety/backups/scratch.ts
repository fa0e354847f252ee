import type { DatabaseAddress } from '../../config/database-address.ts';
import type { DatabaseLocale } from './manifest.ts';

/**
 * Runs `work` with a database of its own beside `address`' (and by the same role), created as `locale` says. It is
 * dropped on every exit: also by Ctrl-C, and after a kill -9 by the next run.
 */
export async function withScratchDatabase<Result>(
  _address: DatabaseAddress,
  _locale: DatabaseLocale,
  _work: (scratch: DatabaseAddress) => Promise<Result>,
): Promise<Result> {
  throw new Error('under construction');
}
