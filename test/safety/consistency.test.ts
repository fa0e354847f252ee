import { test } from 'tap';
import { withConnection } from '../../src/safety/connection.ts';
import { checkIndexes } from '../../src/safety/consistency/amcheck.ts';
import { checkConsistency } from '../../src/safety/consistency/consistency.ts';
import { addressOf } from '../support/migrations.ts';
import { createDatabase, sql } from '../support/shared-servers.ts';
import { holdTable } from '../support/table-locks.ts';

const silently = () => {};

async function found(url: string): Promise<Record<string, string>> {
  const { findings } = await checkConsistency(addressOf(url), silently);
  return Object.fromEntries(
    findings
      .filter(({ violations }) => violations > 0)
      .map((one) => [one.check, `${one.violations}: ${one.example}`]),
  );
}

/** What somebody does to the data behind the triggers' and constraints' backs, and the checks that notice. */
const DAMAGES: Readonly<Record<string, readonly [damage: string, noticed: Readonly<Record<string, RegExp>>]>> = {
  'a total that was set by hand': [
    'update users set article_count = article_count + 1 where id = 1',
    { users_article_count: /^1: users 1: \d+ counted, \d+ kept/ },
  ],
  'rows written past the triggers': [
    `set session_replication_role = replica;
     insert into favorites (user_id, article_id, article_created_at) values (1, 2, '2001-01-01')
     on conflict (user_id, article_id) do update set article_created_at = '2001-01-01'`,
    { favorites_article_created_at: /^1: user 1, article 2/ },
  ],
  orphans: [
    'set session_replication_role = replica; delete from articles where id = 1',
    { orphans_of_article_tags_article_fkey: /article_tags/, article_totals: /counted/, tags_article_count: /tag/ },
  ],
  'a value that a constraint forbids': [
    `alter table tags drop constraint tags_name_present;
     insert into tags (name) values (' ');
     alter table tags add constraint tags_name_present check (name ~ '\\S') not valid`,
    { values_of_tags_name_present: /^1: tags/ },
  ],
  'an article of the day after tomorrow': [
    "insert into users (username, email, password_hash, created_at) values ('zed', 'z@example.com', '!', now() + interval '2 days')",
    { users_in_the_future: /^1: users of/, users_updated_before_created: /^1: users/ },
  ],
  'a sequence that was not moved after an import': [
    "select setval('articles_id_seq', 1)",
    { articles_sequence_behind: /^1: next is 2, greatest is 36/ },
  ],
};

test('the sample blog is consistent, its indexes too, and that is noted', async (t) => {
  const url = await createDatabase(t);
  t.same(await found(url), {});
  const noted = await sql<{ check_name: string }>(
    url,
    'select check_name from consistency_findings where violations = 0',
  );
  t.ok(noted.length > 40, `${noted.length} checks`);
  t.ok(noted.some(({ check_name }) => check_name === 'indexes'));
  t.same(await sql(url, "select from pg_extension where extname = 'amcheck'"), [], 'amcheck was only lent');
});

for (const [name, [damage, noticed]] of Object.entries(DAMAGES)) {
  test(`noticed: ${name}`, async (t) => {
    const url = await createDatabase(t);
    await sql(url, damage);
    t.match(await found(url), noticed);
  });
}

test('an index that lost an entry is noticed', async (t) => {
  const url = await createDatabase(t);
  // As a crash, a bad disk or a changed collation leaves it: the table has a row that the index has not.
  await sql(
    url,
    `update pg_index set indisready = false where indexrelid = 'articles_newest_idx'::regclass;
     insert into articles (slug, title, description, body, author_id) values ('lost', 't', 'd', 'b', 1)`,
  );
  await sql(url, "update pg_index set indisready = true where indexrelid = 'articles_newest_idx'::regclass");
  t.match(await found(url), { indexes: /^1: articles_newest_idx: .*lacks matching index tuple/ });
});

test('an index that cannot be looked at for a lock is not called damaged', async (t) => {
  const url = await createDatabase(t);
  await holdTable(t, url, { table: 'comments' });
  await t.rejects(withConnection(addressOf(url), checkIndexes, { lock_timeout: '200ms' }), /lock timeout/);
});
