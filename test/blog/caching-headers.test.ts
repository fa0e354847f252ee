import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get, until } from '../support/http.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

const MISS = 'Steadfast; fwd=miss; stored';
const MEMORY = /^Steadfast; hit; ttl=(\d+); detail=memory$/;
const READS = [
  '/api/articles?limit=3',
  '/api/articles/the-pager-is-a-promise',
  '/api/articles/the-pager-is-a-promise/comments',
  '/api/profiles/ines',
  '/api/tags',
];

test('an answer says where it comes from, how old it is and what its bytes are', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  for (const path of READS) {
    t.test(`${path}: a miss at first, then a hit of the memory with the same bytes and ETag`, async (t) => {
      const first = await get(origin, path);
      const second = await get(origin, path);
      t.equal(first.headers.get('cache-status'), MISS);
      t.equal(first.headers.get('age'), '0');
      t.match(second.headers.get('cache-status'), MEMORY);
      t.equal(second.text, first.text);
      t.match(first.headers.get('etag'), /^"[\w-]{27}"$/);
      t.equal(second.headers.get('etag'), first.headers.get('etag'));
      t.equal(second.headers.get('cache-control'), 'no-cache', 'whoever keeps it has to ask again');
    });
  }

  t.test('Age counts the seconds since it was read from PostgreSQL, and ttl what is left', async (t) => {
    const path = '/api/articles?limit=4';
    await get(origin, path);
    await until(
      'the answer is a second old',
      async () => Number((await get(origin, path)).headers.get('age')) >= 1,
    );
    const { headers } = await get(origin, path);
    const ttl = Number(MEMORY.exec(headers.get('cache-status') ?? '')?.[1]);
    const sum = ttl + Number(headers.get('age'));
    t.ok(sum >= 26 && sum <= 31, `${sum} is about the 30 s that answers are fresh`);
  });

  t.test('queries that mean the same share one answer', async (t) => {
    const alike = [
      [
        '/api/articles',
        '/api/articles?limit=20',
        '/api/articles?offset=0&limit=020',
        '/api/articles?',
        '/api/articles?x=1',
      ],
      ['/api/articles?limit=100', '/api/articles?limit=101', '/api/articles?limit=99999999999'],
      ['/api/articles?tag=on-call&author=priya', '/api/articles?author=priya&tag=on%2Dcall&limit=20'],
      ['/api/profiles/oskar', '/api/profiles/osk%61r'],
    ];
    for (const [first = '', ...others] of alike) {
      t.equal((await get(origin, first)).headers.get('cache-status'), MISS, first);
      for (const other of others) t.match((await get(origin, other)).headers.get('cache-status'), MEMORY, other);
    }
  });

  t.test('and those that do not, do not', async (t) => {
    const different = [
      'tag=ines',
      'author=ines',
      'favorited=ines',
      'author=ines&tag=ines',
      'favorited=ines&tag=ines',
      'author=ines&favorited=ines',
    ];
    for (const query of different) {
      t.equal((await get(origin, `/api/articles?${query}`)).headers.get('cache-status'), MISS, query);
    }
  });
});

test('If-None-Match', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  for (const path of READS) {
    t.test(`${path} is a 304 without a body for its ETag alone, in a list, weak, or *`, async (t) => {
      const etag = (await get(origin, path)).headers.get('etag') ?? '';
      for (const known of [
        etag,
        `"other", ${etag}`,
        `${etag},"other"`,
        `W/${etag}`,
        `"other",W/${etag} , "more"`,
        '*',
      ]) {
        const { status, text, headers } = await get(origin, path, { 'if-none-match': known });
        t.equal(status, 304, known);
        t.equal(text, '');
        t.equal(headers.get('etag'), etag);
        t.match(headers.get('cache-status'), MEMORY);
        t.ok(headers.has('age') && headers.has('cache-control'), 'with the headers of RFC 9110, 15.4.5');
        t.notOk(headers.has('content-type'));
      }
    });

    t.test(`${path} is a 200 for anything else`, async (t) => {
      const etag = (await get(origin, path)).headers.get('etag') ?? '';
      for (const known of [
        '"other"',
        etag.slice(1, -1),
        etag.toUpperCase(),
        etag.slice(0, -2),
        '',
        'W/"other"',
        '"*"',
      ]) {
        t.equal((await get(origin, path, { 'if-none-match': known })).status, 200, known);
      }
    });
  }

  t.test('* is no reason for a 304 where there is nothing', async (t) => {
    t.equal((await get(origin, '/api/articles/nowhere', { 'if-none-match': '*' })).status, 404);
  });
});

test('a change in PostgreSQL is a new body with a new ETag', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, { ...environment, CACHE_FRESH_MS: '1' });
  const article = '/api/articles/the-pager-is-a-promise';
  const changes: [change: string, paths: string[]][] = [
    [
      `update articles set title = 'Another title' where slug = 'the-pager-is-a-promise'`,
      [article, '/api/articles?limit=100'],
    ],
    [`update users set bio = null where username = 'ines'`, ['/api/profiles/INES', '/api/articles?author=ines']],
    [`update comments set body = 'Changed'`, [`${article}/comments`]],
    [
      `update articles set tag_list = '{brand-new}' where slug = 'the-pager-is-a-promise'`,
      ['/api/tags', article, '/api/articles?tag=brand-new'],
    ],
  ];
  for (const [change, paths] of changes) {
    t.test(change, async (t) => {
      const etags = new Map<string, string>();
      for (const path of paths) etags.set(path, (await get(origin, path)).headers.get('etag') ?? '');
      await sql(environment.DATABASE_URL, change);
      for (const [path, etag] of etags) {
        await until(`${path} has changed`, async () => (await get(origin, path)).headers.get('etag') !== etag);
        t.equal((await get(origin, path, { 'if-none-match': etag })).status, 200, path);
      }
    });
  }
});

test('that something does not exist is remembered, but briefly', async (t) => {
  const environment = await testEnvironment(t);
  const { origin } = await startSteadfast(t, environment);
  const missing = { '/api/articles/new-one': 'article', '/api/profiles/newcomer': 'profile' };
  for (const path of Object.keys(missing)) {
    t.equal((await get(origin, path)).headers.get('cache-status'), MISS);
    const { status, headers } = await get(origin, path);
    t.equal(status, 404);
    const [, ttl] = MEMORY.exec(headers.get('cache-status') ?? '') ?? [];
    t.ok(Number(ttl) <= 2, `for ${ttl} more seconds`);
    t.equal(headers.get('cache-control'), 'no-store', 'and by nobody else');
    t.notOk(headers.has('etag'));
  }
  await sql(
    environment.DATABASE_URL,
    `with newcomer as (
       insert into users (username, email, password_hash) values ('newcomer', 'n@example.com', '!') returning id
     )
     insert into articles (slug, title, description, body, author_id)
     select 'new-one', 'New', 'New', 'New', id from newcomer`,
  );
  for (const path of Object.keys(missing)) {
    await until(`${path} is there`, async () => (await get(origin, path)).status === 200);
  }
});
