import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { scrape } from '../support/samples.ts';
import { countStatements } from '../support/statement-counter.ts';
import { startSteadfast } from '../support/steadfast.ts';

/** Each read route, in each of its forms, with the one statement that answers it. */
const READS = {
  '/api/articles': 'articles.list',
  '/api/articles?limit=0': 'articles.list',
  '/api/articles?tag=cooking': 'articles.list_by_tag',
  '/api/articles?author=ines': 'articles.list_by_author',
  '/api/articles?favorited=ines': 'articles.list_by_favorited',
  '/api/articles?author=ines&tag=cooking': 'articles.list_by_author_and_more',
  '/api/articles?author=ines&favorited=tom': 'articles.list_by_author_and_more',
  '/api/articles?author=ines&favorited=tom&tag=on-call': 'articles.list_by_author_and_more',
  '/api/articles?favorited=ines&tag=cooking': 'articles.list_by_favorited_and_tag',
  '/api/articles/the-pager-is-a-promise': 'articles.by_slug',
  '/api/articles/nowhere': 'articles.by_slug',
  '/api/articles/the-pager-is-a-promise/comments': 'comments.by_article',
  '/api/articles/nowhere/comments': 'comments.by_article',
  '/api/profiles/ines': 'profiles.by_username',
  '/api/profiles/nobody': 'profiles.by_username',
  '/api/tags': 'tags.list',
};

const NOTHING_TO_ASK = [
  '/api/articles?limit=x',
  '/api/articles/%00',
  '/api/profiles/%00',
  '/api/nowhere',
  '/api/articles?tag=%00',
];

test('a read is one round trip to PostgreSQL', async (t) => {
  const environment = await testEnvironment(t);
  const counter = await countStatements(t, environment.DATABASE_URL);
  const { origin } = await startSteadfast(t, { ...environment, DATABASE_URL: counter.url });

  const asked = async (path: string) => {
    const before = counter.roundTrips.length;
    await get(origin, path);
    return counter.roundTrips.slice(before);
  };

  t.test('no more and no less, on the wire, for every route and filter', async (t) => {
    for (const [path, statement] of Object.entries(READS)) t.same(await asked(path), [statement], path);
  });

  t.test('and none when the answer is at hand', async (t) => {
    for (const path of Object.keys(READS).filter((path) => !/nowhere|nobody/.test(path))) {
      t.same(await asked(path), [], path);
    }
  });

  t.test('and none where there is nothing to ask', async (t) => {
    for (const path of NOTHING_TO_ASK) t.same(await asked(path), [], path);
  });

  t.test('and the metric counts exactly these', async (t) => {
    const { sum } = await scrape(origin);
    for (const statement of new Set(counter.roundTrips)) {
      t.equal(
        sum('db_client_operation_duration_seconds_count', { db_operation_name: statement }),
        counter.roundTrips.filter((name) => name === statement).length,
        statement,
      );
    }
    t.equal(sum('db_client_operation_duration_seconds_count'), counter.roundTrips.length);
  });
});
