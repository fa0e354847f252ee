-- Articles $1 to $2, by the $4 users from $3 on: a few minutes apart, one to three tags each, some tags rare.
with words as (
  select
    '{quiet,careful,steady,honest,late,early,small,patient,brave,plain,warm,slow}'::text[] as qualities,
    '{database,garden,train,kitchen,telescope,index,bicycle,library,harbour,bakery,clock,orchard}'::text[] as things,
    '{postgres,cooking,travel,books,music,science,gardening,cycling,oncall,testing,family,history}'::text[] as tags
)
insert into articles (id, slug, title, description, body, tag_list, author_id, created_at, updated_at)
select
  n,
  'generated-' || n,
  initcap('the ' || qualities[1 + n % 12] || ' ' || things[1 + (n / 12) % 12]) || ', part ' || n,
  'What a ' || things[1 + (n / 12) % 12] || ' taught us, for the ' || n || 'th time.',
  repeat(
    'It was a ' || qualities[1 + (n / 7) % 12] || ' evening, and the ' || things[1 + (n / 5) % 12]
      || ' had kept its word once more. ',
    4 + (n % 8)::integer
  ),
  array_remove(
    array[
      tags[1 + (n % 12)],
      case when n % 2 = 0 then tags[1 + ((n / 3) % 12)] end,
      case when n % 1000 = 0 then 'rare' end
    ],
    null
  ),
  $3::bigint + (n * 7919) % $4::bigint,
  timestamptz '2020-01-01 00:00:00+00' + n * interval '2 minutes',
  timestamptz '2020-01-01 00:00:00+00' + n * interval '2 minutes'
from generate_series($1::bigint, $2::bigint) as n, words;
