import { ownerAddress } from '../config/owner-address.ts';
import { seedGenerated, seedSample } from '../safety/seed.ts';
import { type Command, UsageError } from './command.ts';

const HELP = `npm run seed
  Loads the sample blog into the configured database if it has no users yet.

npm run seed -- --articles N [--users N]
  Adds N generated articles by N generated users (one per hundred articles if left out), for measuring.
  At most 10 million of each.`;

const MOST = 10_000_000;

export const seed: Command = {
  help: HELP,
  options: { articles: { type: 'string' }, users: { type: 'string' } },
  async run(config, options) {
    if (options.articles === undefined && options.users === undefined) {
      const loaded = await seedSample(ownerAddress(config.database));
      console.log(loaded ? 'Loaded the sample blog.' : 'Nothing to do: there are users already.');
      return 0;
    }
    const articles = wholeNumber('articles', options.articles, 0);
    const users = wholeNumber('users', options.users, Math.max(10, Math.ceil(articles / 100)));
    if (users === 0 && articles > 0) throw new UsageError('Articles need authors: --users must be at least 1.');
    const startedAt = performance.now();
    await seedGenerated(ownerAddress(config.database), { users, articles }, (sentence) => console.log(sentence));
    console.log(`Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    return 0;
  },
};

/** @throws {UsageError} */
function wholeNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (!/^\d+$/.test(String(given)) || value > MOST) {
    throw new UsageError(`--${name} must be a whole number of at most ${MOST}, not "${given}".`);
  }
  return value;
}
