import type { Test } from 'tap';
import { caller, publish, register, uniqueName } from './conduit.ts';
import { request } from './http.ts';
import { BLANK, complainsOf, isRefused, NO_TOKEN, NOT_FOUND } from './refused.ts';
import { ARTICLE, COMMENT, differences, LISTED_ARTICLE, PROFILE } from './shapes.ts';

export async function walkProfiles(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  const path = `/profiles/${bob.username}`;
  const profile = { username: bob.username, bio: null, image: null, following: false };
  for (const reader of [nobody, ada.call, bob.call]) t.same((await reader.get(path)).json, { profile });
  t.same(differences((await nobody.get(path)).json, { profile: PROFILE }), []);
  isRefused(t, await nobody.get(`/profiles/${uniqueName('no')}`), 404, NOT_FOUND('profile'));

  for (let twice = 0; twice < 2; twice += 1) {
    const followed = await ada.call.post(`${path}/follow`);
    t.equal(followed.status, 200);
    t.same(followed.json, { profile: { ...profile, following: true } });
    t.same((await ada.call.get(path)).json, followed.json, 'read straight after');
    for (const other of [nobody, bob.call])
      t.same((await other.get(path)).json, { profile }, 'nobody else sees it');
  }
  const slug = await publish(bob.call);
  t.equal((await ada.call.get(`/articles/${slug}`)).json.article.author.following, true);
  t.equal((await ada.call.get('/articles')).json.articles[0].author.following, true);
  for (let twice = 0; twice < 2; twice += 1) {
    const left = await ada.call.delete(`${path}/follow`);
    t.equal(left.status, 200);
    t.same(left.json, { profile });
    t.same((await ada.call.get(path)).json, { profile });
  }
  const nowhere = `/profiles/${uniqueName('no')}/follow`;
  for (const method of ['post', 'delete'] as const) {
    isRefused(t, await nobody[method](`${path}/follow`), 401, NO_TOKEN);
    isRefused(t, await nobody[method](nowhere), 401, NO_TOKEN, '401 before 404');
    isRefused(t, await ada.call[method](nowhere), 404, NOT_FOUND('profile'));
  }
}

export async function walkFavorites(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  const slug = await publish(bob.call);
  const path = `/articles/${slug}`;
  const listed = async () => (await ada.call.get(`/articles?favorited=${ada.username}`)).json;
  t.same(await listed(), { articles: [], articlesCount: 0 });

  for (let twice = 0; twice < 2; twice += 1) {
    const { status, json } = await ada.call.post(`${path}/favorite`);
    t.equal(status, 200);
    t.same(differences(json, { article: ARTICLE }), []);
    t.match(json.article, { slug, favorited: true, favoritesCount: 1 });
    t.same((await ada.call.get(path)).json, json, 'read straight after');
    t.match((await listed()).articles[0], { slug, favorited: true, favoritesCount: 1 });
    t.equal((await listed()).articlesCount, 1);
    t.match((await ada.call.get('/articles')).json.articles[0], { slug, favorited: true, favoritesCount: 1 });
    for (const other of [nobody, bob.call]) {
      t.match((await other.get(path)).json.article, { favorited: false, favoritesCount: 1 });
    }
  }
  t.equal((await bob.call.post(`${path}/favorite`)).json.article.favoritesCount, 2);
  for (let twice = 0; twice < 2; twice += 1) {
    const { status, json } = await ada.call.delete(`${path}/favorite`);
    t.equal(status, 200);
    t.match(json.article, { slug, favorited: false, favoritesCount: 1 });
    t.same((await ada.call.get(path)).json, json, 'read straight after');
    t.same(await listed(), { articles: [], articlesCount: 0 });
  }
  const nowhere = `/articles/${uniqueName('no')}/favorite`;
  for (const method of ['post', 'delete'] as const) {
    isRefused(t, await nobody[method](`${path}/favorite`), 401, NO_TOKEN);
    isRefused(t, await nobody[method](nowhere), 401, NO_TOKEN, '401 before 404');
    isRefused(t, await ada.call[method](nowhere), 404, NOT_FOUND('article'));
  }
}

export async function walkComments(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  const path = `/articles/${await publish(bob.call)}/comments`;
  const nowhere = `/articles/${uniqueName('no')}/comments`;
  t.same((await nobody.get(path)).json, { comments: [] });

  const first = await ada.call.post(path, { comment: { body: 'Well said.' } });
  t.equal(first.status, 201);
  t.same(differences(first.json, { comment: COMMENT }), []);
  t.match(first.json.comment, { body: 'Well said.', author: { username: ada.username, following: false } });
  t.same((await nobody.get(path)).json, { comments: [first.json.comment] }, 'read straight after');
  const second = await bob.call.post(path, { comment: { body: 'Thank you.' } });
  t.same((await nobody.get(path)).json.comments, [second.json.comment, first.json.comment]);
  await ada.call.post(`/profiles/${bob.username}/follow`);
  t.equal((await ada.call.get(path)).json.comments[0].author.following, true);
  t.equal((await nobody.get(path)).json.comments[0].author.following, false);

  for (const blank of [undefined, '', '   ']) {
    const refused = await ada.call.post(path, { comment: { body: blank } });
    isRefused(t, refused, 422, { body: [BLANK] }, JSON.stringify(blank));
  }
  complainsOf(t, await ada.call.post(path, { comment: { body: null } }), 422, 'body');
  isRefused(t, await nobody.post(path, { comment: { body: 'x' } }), 401, NO_TOKEN);
  isRefused(t, await nobody.post(nowhere, { comment: { body: 'x' } }), 401, NO_TOKEN, '401 before 404');
  isRefused(t, await ada.call.post(nowhere, { comment: { body: 'x' } }), 404, NOT_FOUND('article'));
  isRefused(t, await nobody.get(nowhere), 404, NOT_FOUND('article'));

  const { id } = first.json.comment;
  const elsewhere = `/articles/${await publish(bob.call)}/comments`;
  isRefused(t, await nobody.delete(`${path}/${id}`), 401, NO_TOKEN);
  isRefused(t, await nobody.delete(`${nowhere}/${id}`), 401, NO_TOKEN, '401 before 404');
  isRefused(t, await ada.call.delete(`${nowhere}/${id}`), 404, NOT_FOUND('article'), 'the article is missing');
  for (const [at, missing] of [
    [path, '999999999999'],
    [path, 'x'],
    [path, '9'.repeat(30)],
    [elsewhere, id],
  ] as const) {
    isRefused(t, await ada.call.delete(`${at}/${missing}`), 404, NOT_FOUND('comment'), `comment ${missing}`);
  }
  isRefused(t, await bob.call.delete(`${path}/${id}`), 403, { comment: ['forbidden'] });
  const deleted = await ada.call.delete(`${path}/${id}`);
  t.equal(deleted.status, 204);
  t.equal(deleted.text, '');
  t.same((await nobody.get(path)).json, { comments: [second.json.comment] }, 'read straight after');
  isRefused(t, await ada.call.delete(`${path}/${id}`), 404, NOT_FOUND('comment'));
}

export async function walkFeed(t: Test, origin: string): Promise<void> {
  const [ada, bob, eve] = await Promise.all([register(origin), register(origin), register(origin)]);
  const feed = async (query = '') => {
    const { status, json } = await ada.call.get(`/articles/feed${query}`);
    t.equal(status, 200);
    t.same(differences(json, { articles: [LISTED_ARTICLE], articlesCount: 'integer' }), []);
    return { count: json.articlesCount, slugs: json.articles.map((article: { slug: string }) => article.slug) };
  };
  isRefused(t, await caller(origin).get('/articles/feed'), 401, NO_TOKEN);
  t.same(await feed(), { count: 0, slugs: [] });
  const first = await publish(bob.call);
  t.same(await feed(), { count: 0, slugs: [] }, 'nobody is followed yet');
  await ada.call.post(`/profiles/${bob.username}/follow`);
  t.same(await feed(), { count: 1, slugs: [first] }, 'straight after following');
  const second = await publish(bob.call);
  await publish(eve.call);
  t.same(await feed(), { count: 2, slugs: [second, first] }, 'straight after publishing');
  t.same(await feed('?limit=1&offset=1'), { count: 2, slugs: [first] });
  t.equal((await ada.call.get('/articles/feed')).json.articles[0].author.following, true);
  await ada.call.delete(`/profiles/${bob.username}/follow`);
  t.same(await feed(), { count: 0, slugs: [] }, 'straight after following no longer');
}

export async function walkEdge(t: Test, origin: string): Promise<void> {
  const [ada, bob] = await Promise.all([register(origin), register(origin)]);
  const slug = await publish(bob.call);
  const preflight = await request(origin, '/api/articles', {
    method: 'OPTIONS',
    headers: {
      origin: 'http://front.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  t.match(preflight.headers.get('access-control-allow-headers')?.toLowerCase(), 'authorization');
  t.ok(preflight.headers.get('access-control-allow-origin'));
  // Front ends set Content-Type on every request, with a body or without.
  const json = { 'content-type': 'application/json' };
  t.equal((await ada.call.post(`/articles/${slug}/favorite`, undefined, json)).status, 200);
  t.equal((await ada.call.delete(`/articles/${slug}/favorite`, json)).status, 200);
  t.equal((await ada.call.post(`/profiles/${bob.username}/follow`, undefined, json)).status, 200);
  t.equal((await ada.call.delete(`/profiles/${bob.username}/follow`, json)).status, 200);
  t.equal((await bob.call.delete(`/articles/${slug}`, json)).status, 204);
  complainsOf(
    t,
    await ada.call.post('/articles', undefined, json),
    422,
    'body',
    'an empty body where one is needed',
  );
}
