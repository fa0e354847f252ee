import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { caller, publish, register, uniqueName } from './conduit.ts';
import { BLANK, complainsOf, isRefused, NO_TOKEN, NOT_FOUND } from './refused.ts';
import { ARTICLE, differences, LISTED_ARTICLE } from './shapes.ts';

const LIST = { articles: [LISTED_ARTICLE], articlesCount: 'integer' } as const;

export async function walkArticles(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const { call, username } = await register(origin);
  const title = `How to train your ${uniqueName('dragon')}`;
  const article = { title, description: 'Ever wonder how?', body: 'It takes a Jacobian', tagList: ['z', 'a', 'm'] };

  t.same((await nobody.get(`/articles?author=${username}`)).json, { articles: [], articlesCount: 0 });
  const created = await call.post('/articles', { article });
  t.equal(created.status, 201);
  t.same(differences(created.json, { article: ARTICLE }), []);
  const author = { username, bio: null, image: null, following: false };
  t.match(created.json.article, { ...article, favorited: false, favoritesCount: 0 });
  t.same(created.json.article.author, author);
  t.same(created.json.article.tagList, ['z', 'a', 'm'], 'tags keep the order they were given in');
  t.equal(created.json.article.createdAt, created.json.article.updatedAt);
  const { slug } = created.json.article;
  t.match(slug, /^how-to-train-your-dragon-/);

  for (const reader of [nobody, call]) {
    const { status, json } = await reader.get(`/articles/${slug}`);
    t.equal(status, 200);
    t.same(json, created.json, 'read straight after: what the writer was answered');
  }
  const { body: _body, ...item } = created.json.article;
  t.same((await nobody.get('/articles')).json.articles[0], item, 'the newest is first, without its body');
  t.same((await nobody.get(`/articles?author=${username}`)).json, { articles: [item], articlesCount: 1 });

  const untagged = await call.post('/articles', { article: { ...article, tagList: undefined } });
  t.equal(untagged.status, 201, 'two articles may have one title');
  t.not(untagged.json.article.slug, slug, 'but not one slug');
  t.same(untagged.json.article.tagList, [], 'tags may be left out');

  const called = await call.post('/articles', { article: { ...article, title: 'Feed' } });
  const found = await call.get(`/articles/${called.json.article.slug}`);
  t.same(found.json, called.json, 'an article called Feed can be read');

  for (const field of ['title', 'description', 'body'] as const) {
    for (const blank of [undefined, '', '  ']) {
      const refused = await call.post('/articles', { article: { ...article, [field]: blank } });
      isRefused(t, refused, 422, { [field]: [BLANK] }, `${field} as ${JSON.stringify(blank)}`);
    }
    complainsOf(t, await call.post('/articles', { article: { ...article, [field]: null } }), 422, field);
  }
  isRefused(t, await nobody.post('/articles', { article }), 401, NO_TOKEN);
  isRefused(t, await nobody.post('/articles', { article: {} }), 401, NO_TOKEN, 'before anything is validated');
  isRefused(t, await nobody.get(`/articles/${uniqueName('no')}`), 404, NOT_FOUND('article'));
}

export async function walkArticleChanges(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const [{ call }, { call: other }] = await Promise.all([register(origin), register(origin)]);
  const slug = await publish(call, uniqueName('before'), ['one', 'two']);
  const path = `/articles/${slug}`;
  const before = (await call.get(path)).json.article;
  const put = (article: object, to = path) => call.put(to, { article });

  const changed = await put({ body: 'changed' });
  t.equal(changed.status, 200);
  t.same(differences(changed.json, { article: ARTICLE }), []);
  t.equal(changed.json.article.createdAt, before.createdAt, 'createdAt is byte-identical');
  t.ok(changed.json.article.updatedAt > before.updatedAt, 'updatedAt has changed');
  const { updatedAt } = changed.json.article;
  t.same(changed.json.article, { ...before, body: 'changed', updatedAt }, 'what is left out stays, tags included');
  t.same((await nobody.get(path)).json, changed.json, 'read straight after');

  t.same((await put({ tagList: ['two', 'three'] })).json.article.tagList, ['two', 'three']);
  t.same((await put({ tagList: [] })).json.article.tagList, [], '[] clears the tags');
  complainsOf(t, await put({ tagList: null }), 422, 'tagList', 'null as tagList');
  for (const field of ['title', 'description', 'body'] as const) {
    isRefused(t, await put({ [field]: '' }), 422, { [field]: [BLANK] });
  }
  for (const [who, status, errors] of [
    [nobody, 401, NO_TOKEN],
    [other, 403, { article: ['forbidden'] }],
  ] as const) {
    isRefused(t, await who.put(path, { article: { body: 'not mine' } }), status, errors);
    isRefused(t, await who.delete(path), status, errors);
  }
  const nowhere = `/articles/${uniqueName('nowhere')}`;
  isRefused(t, await nobody.put(nowhere, { article: { body: 'x' } }), 401, NO_TOKEN, '401 before 404');
  isRefused(t, await nobody.delete(nowhere), 401, NO_TOKEN, '401 before 404');
  isRefused(t, await put({ body: 'x' }, nowhere), 404, NOT_FOUND('article'));
  isRefused(t, await call.delete(nowhere), 404, NOT_FOUND('article'));
  t.equal((await nobody.get(path)).json.article.body, 'changed', 'none of them changed anything');

  const title = uniqueName('Afterwards');
  const renamed = (await put({ title })).json.article;
  t.match(renamed, { title, slug: title.toLowerCase(), body: 'changed' }, 'a new title makes a new slug');
  isRefused(t, await nobody.get(path), 404, NOT_FOUND('article'), 'the old slug');
  t.equal(
    (await put({ title }, `/articles/${renamed.slug}`)).json.article.slug,
    renamed.slug,
    'the same title keeps it',
  );
  t.equal((await nobody.get(`/articles/${renamed.slug}`)).status, 200);

  const deleted = await call.delete(`/articles/${renamed.slug}`);
  t.equal(deleted.status, 204);
  t.equal(deleted.text, '');
  isRefused(t, await nobody.get(`/articles/${renamed.slug}`), 404, NOT_FOUND('article'));
  isRefused(t, await call.delete(`/articles/${renamed.slug}`), 404, NOT_FOUND('article'));
}

export async function walkLists(t: Test, origin: string): Promise<void> {
  const nobody = caller(origin);
  const { call, username } = await register(origin);
  const total = (await nobody.get('/articles')).json.articlesCount;
  const tag = uniqueName('tag');
  const slugs: string[] = [];
  for (let number = 0; number < 22; number += 1) {
    slugs.unshift(await publish(call, undefined, number % 2 === 0 ? [tag] : ['other', tag]));
    await sleep(1); // Ties are broken by id: also newest first, but no time would show it.
  }
  const list = async (query: string) => {
    const { status, json } = await nobody.get(`/articles${query}`);
    t.equal(status, 200, query);
    t.same(differences(json, LIST), [], query);
    return { count: json.articlesCount, slugs: json.articles.map((article: { slug: string }) => article.slug) };
  };
  t.same(await list(''), { count: total + 22, slugs: slugs.slice(0, 20) }, '20 of them, newest first');
  for (const filter of [`tag=${tag}`, `author=${username}`, `tag=${tag}&author=${username}`]) {
    t.same(await list(`?${filter}`), { count: 22, slugs: slugs.slice(0, 20) }, filter);
    t.same(await list(`?${filter}&limit=3&offset=4`), { count: 22, slugs: slugs.slice(4, 7) }, filter);
    t.same(await list(`?${filter}&limit=1000`), { count: 22, slugs }, 'more than the cap is taken as the cap');
    t.same(await list(`?${filter}&offset=22`), { count: 22, slugs: [] }, filter);
  }
  t.same(await list(`?tag=${uniqueName('no')}`), { count: 0, slugs: [] });
  t.same(await list(`?author=${uniqueName('no')}`), { count: 0, slugs: [] });
  t.same(await list(`?favorited=${username}`), { count: 0, slugs: [] });
  for (const name of ['limit', 'offset']) {
    for (const value of ['-1', 'x', '1.5', '']) {
      complainsOf(t, await nobody.get(`/articles?${name}=${value}`), 422, name, `${name}=${value}`);
      complainsOf(t, await call.get(`/articles/feed?${name}=${value}`), 422, name, `feed, ${name}=${value}`);
    }
  }
  const tags = async (): Promise<string[]> => (await nobody.get('/tags')).json.tags;
  t.ok((await tags()).includes(tag), 'a new tag is in the list of tags at once');
  t.same(differences({ tags: await tags() }, { tags: ['string'] }), []);
  const [newest = '', next = ''] = slugs;
  await call.put(`/articles/${newest}`, { article: { tagList: [] } });
  await call.delete(`/articles/${next}`);
  t.same((await list(`?tag=${tag}`)).count, 20, 'neither an article that lost the tag nor one that is gone counts');
  t.same(await list(''), { count: total + 21, slugs: [newest, ...slugs.slice(2, 21)] });
  for (const slug of slugs.slice(2)) await call.delete(`/articles/${slug}`);
  t.notOk((await tags()).includes(tag), 'a tag that nothing has is not in the list');
}
