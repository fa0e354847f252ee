import { type Material, pick, type Route } from './route.ts';

/** So many different things are read again and again: all of them are known after the warm-up. */
const DIFFERENT = 6;

/** Reads that are repeated, as nobody and as somebody who is logged in, and reads that nobody asked for before. */
export function readRoutes(material: Material, run: string): Route[] {
  const people = material.people.slice(0, DIFFERENT);
  const slugs = material.slugs.slice(0, DIFFERENT);
  const tags = material.tags.slice(0, DIFFERENT);
  const viewer = pick(people, 0);

  const seen = (name: string, weight: number, path: (turn: number) => string): Route => ({
    name: `GET ${name}`,
    kind: 'seen',
    weight,
    cycle: 2 * DIFFERENT,
    // Every other one is asked by somebody who is logged in.
    next: (turn) => ({
      method: 'GET',
      path: path(Math.floor(turn / 2)),
      ...(turn % 2 === 1 && { token: viewer.token }),
    }),
  });
  const own = (name: string, weight: number, path: string): Route => ({
    name: `GET ${name}`,
    kind: 'seen',
    weight,
    cycle: DIFFERENT,
    next: (turn) => ({ method: 'GET', path, token: pick(people, turn).token }),
  });
  const unseen = (name: string, weight: number, path: (turn: number) => string): Route => ({
    name: `GET ${name}, never read before`,
    kind: 'unseen',
    weight,
    next: (turn) => ({ method: 'GET', path: path(turn) }),
  });

  return [
    seen('/api/articles', 8, () => '/api/articles'),
    seen('/api/articles?tag=', 3, (turn) => `/api/articles?tag=${encodeURIComponent(pick(tags, turn))}`),
    seen('/api/articles?author=', 3, (turn) => `/api/articles?author=${pick(people, turn).username}`),
    seen('/api/articles?favorited=', 2, (turn) => `/api/articles?favorited=${pick(people, turn).username}`),
    seen('/api/articles/:slug', 8, (turn) => `/api/articles/${pick(slugs, turn)}`),
    seen('/api/articles/:slug/comments', 4, (turn) => `/api/articles/${pick(slugs, turn)}/comments`),
    seen('/api/profiles/:username', 4, (turn) => `/api/profiles/${pick(people, turn).username}`),
    seen('/api/tags', 2, () => '/api/tags'),
    own('/api/articles/feed', 3, '/api/articles/feed'),
    own('/api/user', 2, '/api/user'),
    unseen('/api/articles/:slug', 3, (turn) => `/api/articles/never-${run}-${turn}`),
    unseen('/api/profiles/:username', 2, (turn) => `/api/profiles/never-${run}-${turn}`),
    unseen('/api/articles?author=', 3, (turn) => `/api/articles?author=never-${run}-${turn}`),
  ];
}
