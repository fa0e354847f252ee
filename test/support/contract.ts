import type { Test } from 'tap';
import { walkAccounts, walkOwnAccount } from './contract-accounts.ts';
import { walkArticleChanges, walkArticles, walkLists } from './contract-articles.ts';
import { walkComments, walkEdge, walkFavorites, walkFeed, walkProfiles } from './contract-people.ts';

/**
 * Walks through every line of the RealWorld contract over HTTP. All names are new each time, so that it may walk again
 * and again on one database, beside whatever else is there; but nobody else may write meanwhile.
 */
export async function walkContract(t: Test, origin: string): Promise<void> {
  await t.test('registration and login', (t) => walkAccounts(t, origin));
  await t.test("one's own account", (t) => walkOwnAccount(t, origin));
  await t.test('profiles and following', (t) => walkProfiles(t, origin));
  await t.test('publishing and reading an article', (t) => walkArticles(t, origin));
  await t.test('changing and deleting an article', (t) => walkArticleChanges(t, origin));
  await t.test('lists, filters, paging and tags', (t) => walkLists(t, origin));
  await t.test('favorites', (t) => walkFavorites(t, origin));
  await t.test('comments', (t) => walkComments(t, origin));
  await t.test('the feed', (t) => walkFeed(t, origin));
  await t.test('front ends of other origins and their habits', (t) => walkEdge(t, origin));
}
