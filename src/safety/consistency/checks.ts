import type { Client } from 'pg';

/** One thing that must be true of the data, as the query of what breaks it: one row each, described in `what`. */
export type ConsistencyCheck = { readonly name: string; readonly violations: string };

/** Every total that triggers keep, against what counting says. */
const TOTALS: readonly ConsistencyCheck[] = [
  {
    name: 'article_totals',
    violations: `
      select format('%s articles counted, %s kept', counted, kept) as what
      from (
        select (select count(*) from articles) as counted,
               (select coalesce(sum(article_count), 0) from article_totals) as kept
      ) as total
      where counted <> kept`,
  },
  total(
    'users_article_count',
    'users',
    'article_count',
    'select author_id as id, count(*) from articles group by 1',
  ),
  total(
    'users_favorite_count',
    'users',
    'favorite_count',
    'select user_id as id, count(*) from favorites group by 1',
  ),
  total(
    'articles_favorites_count',
    'articles',
    'favorites_count',
    'select article_id as id, count(*) from favorites group by 1',
  ),
  {
    name: 'tags_article_count',
    violations: `
      select format('tag %s: %s counted, %s kept', name, coalesce(counted, 0), coalesce(article_count, 0)) as what
      from tags
      full join (
        select tag as name, count(*) as counted
        from (select distinct articles.id, tag from articles, unnest(tag_list) as tag) as tagging
        group by tag
      ) as recount using (name)
      where coalesce(counted, 0) <> coalesce(article_count, 0)`,
  },
  {
    name: 'article_tags',
    violations: `
      select format('article %s, tag %s', article_id, tag) as what
      from (select article_id, tag, created_at, true as indexed from article_tags) as entry
      full join (
        select distinct articles.id as article_id, tag, created_at, true as listed
        from articles, unnest(tag_list) as tag
      ) as listing using (article_id, tag, created_at)
      where indexed is null or listed is null`,
  },
  {
    name: 'favorites_article_created_at',
    violations: `
      select format('user %s, article %s', user_id, article_id) as what
      from favorites
      join articles on articles.id = article_id
      where article_created_at <> articles.created_at`,
  },
];

function total(name: string, table: string, column: string, recount: string): ConsistencyCheck {
  return {
    name,
    violations: `
      select format('${table} %s: %s counted, %s kept', ${table}.id, coalesce(counted, 0), ${column}) as what
      from ${table}
      left join (${recount}) as recount (id, counted) on recount.id = ${table}.id
      where ${column} <> coalesce(counted, 0)`,
  };
}

/** Moments that cannot be. A clock may be a little off. */
const MOMENTS: readonly ConsistencyCheck[] = [
  ...['users', 'follows', 'articles', 'favorites', 'comments'].map((table) => ({
    name: `${table}_in_the_future`,
    violations: `
      select '${table} of ' || created_at as what from ${table} where created_at > now() + interval '5 minutes'`,
  })),
  ...['users', 'articles', 'comments'].map((table) => ({
    name: `${table}_updated_before_created`,
    violations: `select format('${table} %s', id) as what from ${table} where updated_at < created_at`,
  })),
];

/** Rows that a sequence will meet again: the next insert fails. */
const SEQUENCES: readonly ConsistencyCheck[] = ['users', 'articles', 'comments'].map((table) => ({
  name: `${table}_sequence_behind`,
  violations: `
    select format('next is %s, greatest is %s', next, greatest) as what
    from (
      select case when is_called then last_value + 1 else last_value end as next,
             (select coalesce(max(id), 0) from ${table}) as greatest
      from ${table}_id_seq
    ) as sequence
    where next <= greatest`,
}));

/**
 * Everything there is to check in this database. Foreign keys and value checks come from its catalogue, because rows
 * can get past them: through a disabled trigger, a restore, a constraint that was never validated, a damaged index.
 */
export async function consistencyChecks(client: Client): Promise<ConsistencyCheck[]> {
  return [...(await orphanChecks(client)), ...(await valueChecks(client)), ...TOTALS, ...MOMENTS, ...SEQUENCES];
}

async function orphanChecks(client: Client): Promise<ConsistencyCheck[]> {
  const { rows } = await client.query<ConsistencyCheck>(
    `select
       'orphans_of_' || conname as name,
       format(
         'select format(''%s %%s'', concat_ws('', '', %s)) as what from %s as child
          where %s and not exists (select from %s as parent where %s)',
         conrelid::regclass,
         string_agg(format('child.%I', child.attname), ', ' order by place),
         conrelid::regclass,
         string_agg(format('child.%I is not null', child.attname), ' and ' order by place),
         confrelid::regclass,
         string_agg(format('parent.%I = child.%I', parent.attname, child.attname), ' and ' order by place)
       ) as violations
     from pg_constraint
     cross join unnest(conkey, confkey) with ordinality as link (child_column, parent_column, place)
     join pg_attribute as child on child.attrelid = conrelid and child.attnum = child_column
     join pg_attribute as parent on parent.attrelid = confrelid and parent.attnum = parent_column
     where contype = 'f' and connamespace = 'public'::regnamespace
     group by pg_constraint.oid, conname, conrelid, confrelid
     order by conname`,
  );
  return rows;
}

async function valueChecks(client: Client): Promise<ConsistencyCheck[]> {
  const { rows } = await client.query<ConsistencyCheck>(
    `select
       'values_of_' || conname as name,
       format(
         'select format(''%s %%s'', ctid) as what from %s where not (%s)',
         conrelid::regclass, conrelid::regclass, pg_get_expr(conbin, conrelid)
       ) as violations
     from pg_constraint
     where contype = 'c' and connamespace = 'public'::regnamespace and conrelid <> 0
     order by conname`,
  );
  return rows;
}
