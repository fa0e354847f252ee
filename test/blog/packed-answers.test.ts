import { test } from 'tap';
import { apiOf, register } from '../support/api.ts';
import { testEnvironment } from '../support/environment.ts';
import { get, request, until } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const LIST = '/api/articles';

test('what is read again is sent packed to those who take it so', async (t) => {
  const { origin } = await startSteadfast(t, { ...(await testEnvironment(t)), CACHE_FRESH_MS: '600000' });
  const ask = (path: string, acceptEncoding: string, headers: Record<string, string> = {}) =>
    get(origin, path, { 'accept-encoding': acceptEncoding, ...headers });
  const untilPacked = (path: string, coding: string) =>
    until(`${path} is sent as ${coding}`, async () => {
      const { headers } = await ask(path, coding);
      return headers.get('content-encoding') === coding;
    });

  const plain = await ask(LIST, 'identity');
  const plainEtag = plain.headers.get('etag') ?? '';

  for (const coding of ['br', 'gzip']) {
    t.test(`${coding}: the same text in fewer bytes, under an ETag of its own`, async (t) => {
      t.notOk((await ask('/api/articles?limit=19', coding)).headers.has('content-encoding'), 'not at first');
      await untilPacked(LIST, coding);
      const { headers, text } = await ask(LIST, coding);
      t.equal(text, plain.text);
      t.ok(Number(headers.get('content-length')) < plain.text.length / 2);
      t.equal(headers.get('etag'), plainEtag.replace(/"$/, `-${coding}"`));
      t.match(headers.get('vary'), /\baccept-encoding\b/);
      const head = await request(origin, LIST, { method: 'HEAD', headers: { 'accept-encoding': coding } });
      t.equal(head.headers.get('content-length'), headers.get('content-length'), 'HEAD says the same');
    });

    t.test(`${coding}: who has the version in any form is told that it is unchanged`, async (t) => {
      for (const etag of [plainEtag, plainEtag.replace(/"$/, `-${coding}"`)]) {
        const { status, text, headers } = await ask(LIST, coding, { 'if-none-match': etag });
        t.equal(status, 304);
        t.equal(text, '');
        t.equal(headers.get('etag'), etag, 'under the tag of the form they have');
        t.notOk(headers.has('content-encoding'));
      }
      const both = `${plainEtag.replace(/"$/, `-${coding}"`)}, ${plainEtag}`;
      const forAProxy = await ask(LIST, 'identity', { 'if-none-match': both });
      t.same([forAProxy.status, forAProxy.headers.get('etag')], [304, plainEtag], 'in a form its client can read');
      const other = plainEtag.replace(/"$/, '-zstd"');
      t.equal((await ask(LIST, coding, { 'if-none-match': other })).status, 200);
    });
  }

  t.test('as the client wants it', async (t) => {
    const wanted: Record<string, string | null> = {
      'gzip, deflate, br, zstd': 'br',
      'gzip;q=1.0, br;q=0.5': 'gzip',
      'br;q=0, gzip': 'gzip',
      'br;q=0, *': 'gzip',
      'identity, gzip;q=0.5': null,
      '*': 'br',
      deflate: null,
      identity: null,
      'br;q=0, gzip;q=0': null,
    };
    for (const [acceptEncoding, coding] of Object.entries(wanted)) {
      if (coding !== null) await untilPacked(LIST, coding);
      const { headers, text } = await ask(LIST, acceptEncoding);
      t.equal(headers.get('content-encoding'), coding, acceptEncoding);
      t.equal(text, plain.text);
    }
  });

  t.test('but not what is small: that answer depends on no Accept-Encoding', async (t) => {
    for (let times = 0; times < 5; times += 1) {
      const { headers } = await ask('/api/tags', 'br');
      t.notOk(headers.has('content-encoding'));
      t.notMatch(headers.get('vary') ?? '', /accept-encoding/);
    }
  });

  t.test('a viewer whose marks are in it gets bytes of their own, and others what they got before', async (t) => {
    const api = apiOf(origin);
    const token = await register(api, 'marker');
    const { slug } = (await get(origin, LIST)).json.articles[0];
    await api('POST', `${LIST}/${slug}/favorite`, { token });
    const authorization = `Token ${token}`;
    await untilPacked(LIST, 'gzip');
    const own = await ask(LIST, 'gzip', { authorization });
    t.notOk(own.headers.has('content-encoding'));
    t.equal(own.json.articles[0].favorited, true);
    t.match(own.headers.get('vary'), /\bauthorization\b/);
    const others = await ask(LIST, 'gzip');
    t.equal(others.headers.get('content-encoding'), 'gzip');
    t.equal(others.json.articles[0].favorited, false);
  });

  t.test('If-Match takes the ETag of a packed form for the version it is', async (t) => {
    const api = apiOf(origin);
    const token = await register(api, 'editor');
    const article = { title: 'Packed', description: 'd', body: 'long '.repeat(500) };
    await api('POST', LIST, { token, body: { article } });
    const path = `${LIST}/packed`;
    const edit = async (ifMatch: string) => {
      const answer = await request(origin, path, {
        method: 'PUT',
        headers: { authorization: `Token ${token}`, 'content-type': 'application/json', 'if-match': ifMatch },
        body: JSON.stringify({ article: { description: 'e' } }),
      });
      return answer.status;
    };
    await untilPacked(path, 'gzip');
    const etag = (await ask(path, 'gzip')).headers.get('etag') ?? '';
    t.match(etag, /-gzip"$/);
    t.equal(await edit(etag), 200);
    t.equal(await edit(etag), 412, 'and knows when it is that no more');
  });
});
