import { isDeepStrictEqual } from 'node:util';
import { test } from 'tap';
import {
  type Account,
  type Caller,
  caller,
  MANY_LOGINS,
  ONE_SERVICE,
  publish,
  register,
} from '../support/conduit.ts';
import { testEnvironment } from '../support/environment.ts';
import { until } from '../support/http.ts';
import { openOracle } from '../support/oracle.ts';
import { sql } from '../support/shared-servers.ts';
import { startSteadfast } from '../support/steadfast.ts';
import { dice } from '../support/writers.ts';

const STEPS = 300;
const READS_PER_STEP = 4;
const SEED = 20_261_120;
/** How long after a write of another process a reader may still see what was before; generous, for busy machines. */
const ANNOUNCED_MS = 1000;
const TAGS = ['garden', 'postgres', 'music'];

test('two viewers and an anonymous reader each see exactly what a fresh query would show', async (t) => {
  const environment = { ...(await testEnvironment(t)), ...MANY_LOGINS, ...ONE_SERVICE };
  const servers = [await startSteadfast(t, environment), await startSteadfast(t, environment)] as const;
  const oracle = await openOracle(t, environment.DATABASE_URL);
  const roll = dice(SEED);
  const oneOf = <Item>(items: readonly Item[]): Item => items[roll(items.length)] as Item;
  const first = await register(servers[0].origin);
  // Viewers share a bounded number of cache families: these two have the same one.
  await sql(
    environment.DATABASE_URL,
    "select setval(pg_get_serial_sequence('users', 'id'), max(id) + 31) from users",
  );
  const writers = [first, await register(servers[1].origin)] as const;
  const people = [...writers.map(({ username }) => username), 'ines'];
  const slugs: string[] = [];
  for (const writer of [...writers, ...writers]) slugs.push(await publish(writer.call, undefined, [oneOf(TAGS)]));
  const owners = new Map(slugs.map((slug, index) => [slug, writers[index % 2] as Account]));

  /** Half of the time the newest, so that reads often meet what was just written. */
  const someSlug = () => (roll(2) === 0 ? slugs.at(-1) : undefined) ?? oneOf(slugs);

  const comments: string[] = [];
  const write: ((by: Account, call: Caller) => Promise<unknown>)[] = [
    (_, call) => call.post(`/articles/${someSlug()}/favorite`),
    (_, call) => call.delete(`/articles/${someSlug()}/favorite`),
    (by, call) => call.post(`/profiles/${oneOf(people.filter((name) => name !== by.username))}/follow`),
    (_, call) => call.delete(`/profiles/${oneOf(people)}/follow`),
    (by, call) => {
      const mine = slugs.filter((slug) => owners.get(slug) === by);
      const change = oneOf([
        { body: `body ${roll(1e9)}` },
        { tagList: [oneOf(TAGS)] },
        { description: `d${roll(9)}` },
      ]);
      return call.put(`/articles/${oneOf(mine)}`, { article: change });
    },
    (_, call) => call.put('/user', { user: { bio: oneOf(['', `bio ${roll(1e9)}`, `bio ${roll(1e9)}`]) } }),
    async (_, call) => {
      const slug = someSlug();
      const { json } = await call.post(`/articles/${slug}/comments`, { comment: { body: `comment ${roll(1e9)}` } });
      comments.push(`/articles/${slug}/comments/${json.comment.id}`);
    },
    async (by, call) => {
      const slug = await publish(call, 'The same title for all', [oneOf(TAGS)]);
      owners.set(slug, by);
      slugs.push(slug);
    },
    async (by, call) => {
      const [mine = '', ...rest] = slugs.filter((slug) => owners.get(slug) === by);
      if (rest.length < 2) return;
      await call.delete(`/articles/${mine}`);
      slugs.splice(slugs.indexOf(mine), 1);
    },
    (_, call) => call.delete(comments.splice(roll(comments.length), 1)[0] ?? '/articles/none/comments/1'),
  ];

  type Read = { readonly path: string; readonly expected: () => Promise<unknown> };
  const commentsFor = (viewer: string | null): Read => {
    const slug = someSlug();
    return { path: `/articles/${slug}/comments`, expected: () => oracle.comments(viewer, slug) };
  };
  const read: ((viewer: string | null) => Read)[] = [
    (viewer) => ({ path: '/articles', expected: () => oracle.list(viewer) }),
    (viewer) => {
      const tag = oneOf(TAGS);
      return { path: `/articles?tag=${tag}`, expected: () => oracle.list(viewer, { tag }) };
    },
    (viewer) => {
      const author = oneOf(people);
      return { path: `/articles?author=${author}`, expected: () => oracle.list(viewer, { author }) };
    },
    (viewer) => {
      const favorited = oneOf(people);
      return { path: `/articles?favorited=${favorited}`, expected: () => oracle.list(viewer, { favorited }) };
    },
    (viewer) => {
      const both = { author: oneOf(people), favorited: oneOf(people) };
      return { path: `/articles?${new URLSearchParams(both)}`, expected: () => oracle.list(viewer, both) };
    },
    (viewer) =>
      viewer === null
        ? { path: '/articles', expected: () => oracle.list(null) }
        : { path: '/articles/feed', expected: () => oracle.feed(viewer) },
    (viewer) => {
      const slug = someSlug();
      return { path: `/articles/${slug}`, expected: () => oracle.article(viewer, slug) };
    },
    commentsFor,
    commentsFor,
    commentsFor,
    (viewer) => {
      const name = oneOf(people);
      return { path: `/profiles/${name}`, expected: () => oracle.profile(viewer, name) };
    },
    () => ({
      path: '/tags',
      expected: async () => ({ tags: await oracle.tags() }),
    }),
  ];

  /** The same ETag of the same path must never stand for two bodies, whoever asked whichever process. */
  const bodies = new Map<string, string>();
  const look = async (call: Caller, path: string): Promise<unknown> => {
    const { status, headers, text, json } = await call.get(path);
    if (status === 404) return undefined;
    const version = `${path} ${headers.get('etag')}`;
    if ((bodies.get(version) ?? text) !== text) t.fail(`one ETag, two bodies: ${version}`);
    bodies.set(version, text);
    if (path === '/tags') json.tags.sort();
    return json;
  };
  const chooseReader = () => {
    const reader = oneOf([...writers, null]);
    const { origin } = oneOf(servers);
    const call = reader === null ? caller(origin) : reader.call.at(origin);
    return { origin, call, who: reader?.username ?? 'nobody', ...oneOf(read)(reader?.username ?? null) };
  };

  const counts = { immediate: 0, announced: 0, changed: 0 };
  for (let step = 0; step < STEPS; step += 1) {
    // Each answer is in the caches before the write, and asked for again right after it.
    const readers = Array.from({ length: READS_PER_STEP }, chooseReader);
    const before = await Promise.all(readers.map(({ call, path }) => look(call, path)));
    const writer = oneOf(writers);
    const writtenAt = oneOf(servers).origin;
    await oneOf(write)(writer, writer.call.at(writtenAt));
    for (const [index, { origin, call, path, who, expected }] of readers.entries()) {
      const wanted = await expected();
      const what = `step ${step}: ${path} for ${who}`;
      if (!isDeepStrictEqual(before[index], wanted)) counts.changed += 1;
      if (origin === writtenAt) {
        counts.immediate += 1;
        const seen = await look(call, path);
        if (!isDeepStrictEqual(seen, wanted)) t.same(seen, wanted, what);
      } else {
        counts.announced += 1;
        await until(what, async () => isDeepStrictEqual(await look(call, path), wanted), ANNOUNCED_MS).catch(
          async () => t.same(await look(call, path), wanted, `${what}, at the other process`),
        );
      }
    }
  }
  t.ok(counts.immediate > STEPS && counts.announced > STEPS && counts.changed > STEPS / 4, JSON.stringify(counts));
});
