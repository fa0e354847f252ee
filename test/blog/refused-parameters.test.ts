import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { startSteadfast } from '../support/steadfast.ts';

const NO_NUMBERS = [
  '',
  'x',
  'ten',
  '-1',
  '-0',
  '+1',
  '%2B1',
  '1.5',
  '1.0',
  '.5',
  '1e1',
  '0x10',
  '0b1',
  '1_000',
  '1,000',
  '%205',
  '5%20',
  '5%0A',
  'NaN',
  'Infinity',
  'null',
  'undefined',
  'true',
  '[]',
  '%5B1%5D',
  '{}',
  '%D9%A3', // an Arabic digit three
  '%EF%BC%95', // a full-width five
  '%00',
  '5%00',
  '5;drop%20table%20users',
];

test('a malformed parameter of the list is a 422 that names it', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  for (const name of ['limit', 'offset']) {
    for (const value of NO_NUMBERS) {
      t.test(`${name}=${value}`, async (t) => {
        isProblem(t, await get(origin, `/api/articles?${name}=${value}`), 422, 'invalid-request', [name]);
      });
    }
    t.test(`${name} given twice`, async (t) => {
      isProblem(t, await get(origin, `/api/articles?${name}=1&${name}=2`), 422, 'invalid-request', [name]);
      isProblem(t, await get(origin, `/api/articles?${name}=1&${name}=1`), 422, 'invalid-request', [name]);
    });
  }

  t.test('an offset beyond what can be counted', async (t) => {
    for (const offset of ['2147483648', '9223372036854775808', '9'.repeat(400)]) {
      isProblem(t, await get(origin, `/api/articles?offset=${offset}`), 422, 'invalid-request', ['offset']);
    }
  });

  for (const name of ['tag', 'author', 'favorited']) {
    t.test(`${name} given twice, empty, or with a NUL`, async (t) => {
      for (const query of [`${name}=a&${name}=b`, `${name}=`, `${name}=%00`, `${name}=in%00es`]) {
        isProblem(t, await get(origin, `/api/articles?${query}`), 422, 'invalid-request', [name]);
      }
    });
  }

  t.test('several at once are all named', async (t) => {
    const answer = await get(origin, '/api/articles?limit=x&offset=-1&tag=%00');
    isProblem(t, answer, 422, 'invalid-request', ['limit', 'offset', 'tag']);
  });
});

test('a name in the path that nothing can have is a 404 of its kind', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));
  const names = {
    'a NUL': '%00',
    'a NUL at the end': 'the-pager-is-a-promise%00',
    'a NUL in the middle': 'the-pager%00-is-a-promise',
    '256 letters': 'a'.repeat(256),
    '300 emoji': '%F0%9F%A5%90'.repeat(300),
    '2,000 letters': 'a'.repeat(2000),
    '12,000 letters': 'a'.repeat(12_000),
    nothing: '',
    'a quote': '%27%20or%20%27%27%3D%27',
    'a lone surrogate': '%3F',
  };
  for (const [what, name] of Object.entries(names)) {
    t.test(what, async (t) => {
      isProblem(t, await get(origin, `/api/articles/${name}`), 404, 'not-found', ['article']);
      isProblem(t, await get(origin, `/api/articles/${name}/comments`), 404, 'not-found', ['article']);
      isProblem(t, await get(origin, `/api/profiles/${name}`), 404, 'not-found', ['profile']);
    });
  }
});
