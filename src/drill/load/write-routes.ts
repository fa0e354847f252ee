import type { Journal } from './journal.ts';
import { type Material, type PlannedRequest, pick, type Route } from './route.ts';

/** Writes of every sort. Each is entered in the journal, so that PostgreSQL can be asked about it afterwards. */
export function writeRoutes({ people, password, slugs }: Material, journal: Journal, run: string): Route[] {
  const write = (name: string, weight: number, next: Route['next']): Route => ({
    name,
    kind: 'write',
    weight,
    next,
  });
  const onFact = (
    fact: readonly [kind: 'favorite' | 'follow', key: string],
    request: Pick<PlannedRequest, 'path' | 'token'>,
    sets: boolean,
  ): PlannedRequest | undefined => {
    const hold = journal.hold(...fact, sets ? 'yes' : null);
    return hold && { method: sets ? 'POST' : 'DELETE', ...request, hold };
  };
  const favorite = (turn: number, sets: boolean) => {
    const { username, token } = pick(people, turn);
    const slug = pick(slugs, Math.floor(turn / people.length));
    return onFact(['favorite', `${username} ${slug}`], { path: `/api/articles/${slug}/favorite`, token }, sets);
  };
  const follow = (turn: number, sets: boolean) => {
    const { username, token } = pick(people, turn);
    const followee = pick(people, turn + 1 + (Math.floor(turn / people.length) % (people.length - 1))).username;
    return onFact(['follow', `${username} ${followee}`], { path: `/api/profiles/${followee}/follow`, token }, sets);
  };

  return [
    write('POST /api/articles', 3, (turn) => {
      const { token } = pick(people, turn);
      const title = `Drill ${run} ${turn}`;
      const body = `first of ${title}`;
      const article = { title, description: 'written during a drill', body, tagList: ['drill'] };
      const hold = journal.holdNew('article', title, body, { token });
      const headers = { 'idempotency-key': `${run}-article-${turn}` };
      return { method: 'POST', path: '/api/articles', token, body: { article }, headers, hold };
    }),
    write('PUT /api/articles/:slug', 2, (turn) => {
      const body = `change ${turn} of ${run}`;
      const hold = journal.holdExisting('article', body);
      const { slug, token = '' } = hold?.details ?? {};
      return hold && { method: 'PUT', path: `/api/articles/${slug}`, token, body: { article: { body } }, hold };
    }),
    write('DELETE /api/articles/:slug', 1, () => {
      const hold = journal.holdExisting('article', null);
      const { slug, token = '' } = hold?.details ?? {};
      return hold && { method: 'DELETE', path: `/api/articles/${slug}`, token, hold };
    }),
    write('POST /api/articles/:slug/comments', 3, (turn) => {
      const { token } = pick(people, turn);
      const slug = pick(slugs, turn);
      const body = `comment ${turn} of ${run}`;
      const hold = journal.holdNew('comment', body, 'yes', { token, slug });
      const headers = { 'idempotency-key': `${run}-comment-${turn}` };
      const path = `/api/articles/${slug}/comments`;
      return { method: 'POST', path, token, body: { comment: { body } }, headers, hold };
    }),
    write('DELETE /api/articles/:slug/comments/:id', 1, () => {
      const hold = journal.holdExisting('comment', null);
      const { slug, id, token = '' } = hold?.details ?? {};
      return hold && { method: 'DELETE', path: `/api/articles/${slug}/comments/${id}`, token, hold };
    }),
    write('POST /api/articles/:slug/favorite', 2, (turn) => favorite(turn, true)),
    write('DELETE /api/articles/:slug/favorite', 1, (turn) => favorite(turn, false)),
    write('POST /api/profiles/:username/follow', 1, (turn) => follow(turn, true)),
    write('DELETE /api/profiles/:username/follow', 1, (turn) => follow(turn, false)),
    write('PUT /api/user', 1, (turn) => {
      const { username, token } = pick(people, turn);
      const bio = `bio ${turn} of ${run}`;
      const hold = journal.hold('account', username, bio);
      return hold && { method: 'PUT', path: '/api/user', token, body: { user: { bio } }, hold };
    }),
    write('POST /api/users', 0.3, (turn) => {
      const username = `drill-${run}-${turn}`;
      const user = { username, email: `${username}@example.com`, password };
      return { method: 'POST', path: '/api/users', body: { user }, hold: journal.holdNew('account', username, '') };
    }),
    write('POST /api/users/login', 0.3, (turn) => {
      const { email } = pick(people, turn);
      return { method: 'POST', path: '/api/users/login', body: { user: { email, password } } };
    }),
  ];
}
