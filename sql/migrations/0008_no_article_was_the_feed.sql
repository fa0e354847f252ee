-- In a transaction of its own: this reads every article, and nobody waits for it.
alter table articles validate constraint articles_slug_not_feed;
