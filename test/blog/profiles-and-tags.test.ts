import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { isProblem } from '../support/problems.ts';
import { differences, PROFILE } from '../support/shapes.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';

type Person = { username: string; bio: string | null; image: string | null };

test('a profile', async (t) => {
  const environment = await testEnvironment(t);
  await sql(
    environment.DATABASE_URL,
    `insert into users (username, email, password_hash)
     select name, md5(name) || '@example.com', '!'
     from unnest(array['a/b', 'with space', '星', 'مترجم', '🥐', 'per%cent', 'Capital', repeat('x', 64)]) as name`,
  );
  const people = await sql<Person>(environment.DATABASE_URL, 'select username, bio, image from users');
  const { origin } = await startSteadfast(t, environment);
  const profile = (name: string) => get(origin, `/api/profiles/${encodeURIComponent(name)}`);

  t.test('has exactly the keys of the contract and what its row says, and no e-mail address', async (t) => {
    for (const { username, bio, image } of people) {
      const { status, json, text } = await profile(username);
      t.equal(status, 200, username);
      t.same(differences(json, { profile: PROFILE }), []);
      t.strictSame(json, { profile: { username, bio, image, following: false } });
      t.notMatch(text, /@example|argon2/);
    }
    t.ok(
      people.some(({ bio }) => bio === null) && people.some(({ image }) => image === null),
      'nulls are seen too',
    );
  });

  t.test('is found whatever the case, and shows the name as it was chosen', async (t) => {
    for (const name of ['capital', 'CAPITAL', 'cApItAl']) {
      t.equal((await profile(name)).json.profile.username, 'Capital', name);
    }
    t.equal((await profile('INES')).json.profile.username, 'ines');
  });

  t.test('of nobody is a 404 that says profile', async (t) => {
    for (const name of ['nobody', 'ines ', ' ines', 'ine', '%', '_', 'ines@example.com']) {
      isProblem(t, await profile(name), 404, 'not-found', ['profile']);
    }
  });
});

test('the tags', async (t) => {
  const environment = await testEnvironment(t);
  const database = environment.DATABASE_URL;
  await sql(
    database,
    `insert into articles (slug, title, description, body, author_id, tag_list)
     select 'tagged-' || n, 'Tagged', 'With tags', 'Twice the same tag counts once', (select min(id) from users),
            case when n < 30 then array['星', '星', 'most-used'] else array['most-used', 'rare 🥐'] end
     from generate_series(1, 30) as n`,
  );
  await sql(database, `update articles set tag_list = array['taken'] where slug = 'tagged-1'`);
  await sql(database, `update articles set tag_list = array['most-used'] where slug = 'tagged-1'`);
  const counted = await sql<{ tag: string; articles: number }>(
    database,
    `select tag, count(distinct id)::integer as articles
     from articles, unnest(tag_list) as tag group by tag order by articles desc, tag`,
  );
  const { origin } = await startSteadfast(t, environment);
  const { status, json } = await get(origin, '/api/tags');

  t.test('are a plain list of strings', async (t) => {
    t.equal(status, 200);
    t.same(differences(json, { tags: ['string'] }), []);
  });

  t.test('are each there once, the most used first, those of no article not at all', async (t) => {
    t.same(
      json.tags,
      counted.map(({ tag }) => tag),
    );
    t.same(json.tags.slice(0, 2), ['most-used', '星']);
    t.notOk(json.tags.includes('taken'), 'a tag that nothing has any more');
    t.ok(json.tags.includes('rare 🥐'));
  });
});
