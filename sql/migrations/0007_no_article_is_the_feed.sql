-- GET /api/articles/feed is the feed: an article of that slug could not be read. One that there may be gets an end, as one
-- whose slug is taken does. New rows are refused from here on; the next migration looks at those that there are.
alter table articles add constraint articles_slug_not_feed check (slug <> 'feed') not valid;

update articles set slug = 'feed-' || left(md5(random()::text), 8) where slug = 'feed';
