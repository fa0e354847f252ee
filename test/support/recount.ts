import { sql } from './shared-servers.ts';

/** Every total that triggers keep, next to what counting says. */
const RECOUNTS = {
  'articles in article_totals': `
    select coalesce(sum(article_count), 0) as kept, (select count(*) from articles) as counted, 'all' as what
    from article_totals`,
  'users.article_count': `
    select article_count as kept, (select count(*) from articles where author_id = users.id) as counted,
           username as what
    from users`,
  'users.favorite_count': `
    select favorite_count as kept, (select count(*) from favorites where user_id = users.id) as counted,
           username as what
    from users`,
  'articles.favorites_count': `
    select favorites_count as kept, (select count(*) from favorites where article_id = articles.id) as counted,
           slug as what
    from articles`,
  'tags.article_count': `
    select article_count as kept, (select count(*) from articles where name = any (tag_list)) as counted,
           name as what
    from tags`,
  'tags that articles have and tags lacks': `
    select distinct 0 as kept, 1 as counted, tag as what
    from articles, unnest(tag_list) as tag where tag not in (select name from tags)`,
  'article_tags against articles.tag_list': `
    select count(article_tags.tag) as kept, count(listed.tag) as counted,
           coalesce(listed.tag || ' of ' || listed.id, article_tags.tag || ' of ' || article_id) as what
    from article_tags
    full join (select distinct id, created_at, tag from articles, unnest(tag_list) as tag) as listed
      on listed.id = article_id and listed.tag = article_tags.tag and listed.created_at = article_tags.created_at
    group by what`,
  'favorites.article_created_at': `
    select 0 as kept, 1 as counted, slug as what
    from favorites join articles on articles.id = article_id
    where article_created_at <> articles.created_at`,
};

/** The totals of a database that are not what counting says; none when all is right. */
export async function wrongTotals(url: string): Promise<string[]> {
  const wrong = await Promise.all(
    Object.entries(RECOUNTS).map(async ([total, recount]) => {
      const rows = await sql<{ kept: string; counted: string; what: string }>(
        url,
        `select * from (${recount}) as total where kept <> counted order by what`,
      );
      return rows.map(({ kept, counted, what }) => `${total}: ${kept} instead of ${counted} for ${what}`);
    }),
  );
  return wrong.flat();
}
