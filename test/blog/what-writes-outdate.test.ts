import { test } from 'tap';
import { articleFamily } from '../../src/blog/families.ts';
import { type Api, apiOf, publish, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const PATIENT = { CACHE_FRESH_MS: '600000' } as const;

/** Reads it into memory, and again from there. */
async function remember(api: Api, path: string): Promise<void> {
  await until(`${path} is in memory`, () => isRemembered(api, path));
}

const isRemembered = async (api: Api, path: string) =>
  /detail=memory/.test((await api('GET', path)).headers.get('cache-status') ?? '');

test('a write outdates what it changes, and of other articles by themselves nothing', async (t) => {
  const { origin } = await startSteadfast(t, { ...(await testEnvironment(t)), ...PATIENT });
  const api = apiOf(origin);
  const token = await register(api, 'sharda');
  const slug = await publish(api, token, 'The one');
  const slugs = ['Another', 'One more', 'And one'].map(async (title) => publish(api, token, title));
  const other = (await Promise.all(slugs)).find((each) => articleFamily(each) !== articleFamily(slug)) ?? '';
  const own = [`/api/articles/${slug}`, `/api/articles/${slug}/comments`];
  const others = [`/api/articles/${other}`, `/api/articles/${other}/comments`];
  const lists = ['/api/articles', '/api/articles?author=sharda'];

  const write = async (what: string, outdated: string[], kept: string[], change: () => Promise<unknown>) => {
    await t.test(what, async (t) => {
      for (const path of [...outdated, ...kept]) await remember(api, path);
      await change();
      for (const path of outdated) t.notOk(await isRemembered(api, path), `${path} is read anew`);
      for (const path of kept) t.ok(await isRemembered(api, path), `${path} is still good`);
    });
  };

  await write('a favorite', [own[0] ?? '', ...lists], others, () =>
    api('POST', `/api/articles/${slug}/favorite`, { token }),
  );
  await write('a comment', [own[1] ?? ''], [...others, ...lists], () =>
    api('POST', `/api/articles/${slug}/comments`, { token, body: { comment: { body: 'c' } } }),
  );
  await write('a changed text', [own[0] ?? '', ...lists], others, () =>
    api('PUT', `/api/articles/${slug}`, { token, body: { article: { body: 'another' } } }),
  );
  await write('a bio', [...own, ...others, ...lists, '/api/profiles/sharda'], [], () =>
    api('PUT', '/api/user', { token, body: { user: { bio: 'b' } } }),
  );
  await write('a new title', [...own, ...lists], others, () =>
    api('PUT', `/api/articles/${slug}`, { token, body: { article: { title: 'The renamed' } } }),
  );
  await write('a deletion', ['/api/articles/the-renamed', ...lists], others, () =>
    api('DELETE', '/api/articles/the-renamed', { token }),
  );
});

test('an article that was missing a moment ago is there once it is written, or has got that title', async (t) => {
  const { origin } = await startSteadfast(t, { ...(await testEnvironment(t)), ...PATIENT });
  const api = apiOf(origin);
  const token = await register(api, 'shardb');
  const first = '/api/articles/asked-for-too-early';
  t.equal((await api('GET', first)).status, 404);
  t.equal(await publish(api, token, 'Asked for too early'), 'asked-for-too-early');
  t.equal((await api('GET', first)).status, 200);
  const second = '/api/articles/asked-for-again';
  t.equal((await api('GET', second)).status, 404);
  await api('PUT', first, { token, body: { article: { title: 'Asked for again' } } });
  t.equal((await api('GET', second)).status, 200);
  t.equal((await api('GET', first)).status, 404, 'and the old one is gone');
});
