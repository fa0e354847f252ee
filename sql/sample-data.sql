-- Sample data for Steadfast: a small blog by eight invented people, for demonstrations and development.
-- `npm run seed` loads this file, as one transaction, into an empty database only.
-- Every account in it has the password "steadfast-sample", so the accounts are for development only.
--
-- Ids are left to the database: rows name each other by username and slug.
-- Counters and tag tables are kept by triggers and are not written here.

-- People

insert into users (username, email, password_hash, bio, image, created_at, updated_at)
values
  (
    'ines', 'ines@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$hoR/ievvL+cXNSTSN+eimA$OS2WQnxWgFXn7kWfMVBzHRUqS6OIMv0POkKLm+cBrJ0',
    'Database engineer in Lisbon. I read query plans the way other people read the weather.',
    'https://example.com/avatars/ines.png',
    timestamptz '2026-01-02 09:12:00+00', timestamptz '2026-01-02 09:12:00+00'
  ),
  (
    'oskar', 'oskar@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$8BPADQUWpymxJ3te4b1LkA$10A4keoFQOtZHgu/o9DZLfP+6sLu51+hgacPfSE+upE',
    'Wrote payroll software for eleven years, now bakes bread in Gothenburg. Up at three, asleep by eight. 🥐',
    'https://example.com/avatars/oskar.png',
    timestamptz '2026-01-02 14:40:00+00', timestamptz '2026-01-02 14:40:00+00'
  ),
  (
    'priya', 'priya@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$OrpcZYksiR1PO4M8qnkXGA$cPtzoDzccdAzVpw+xk1V4HWv9EaWFB+64FfaLHNvvAI',
    'Keeps servers and two small children running in Leeds. One of these has a runbook.',
    'https://example.com/avatars/priya.png',
    timestamptz '2026-01-03 20:05:00+00', timestamptz '2026-01-03 20:05:00+00'
  ),
  (
    'tom', 'tom@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$6Os6HJ9cSTAXh+MyWLjEVg$yVlVqzkG1kXzLePYvk0B0Exy4cQTsXtTbN6TGQJEpAs',
    'Retired geography teacher. Plot 17, the one with the crooked shed. Opinions about leeks.',
    null,
    timestamptz '2026-01-04 11:30:00+00', timestamptz '2026-01-04 11:30:00+00'
  ),
  (
    'hanna', 'hanna@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$5kH99/1fbna7Y+0GPOwWvA$6qAYqDGLiMFYoZnqVVa0ePgtPWoqgfuCcCsHu7z4i1g',
    'Fährt Nachtzug und Fahrrad, am liebsten beides an einem Tag. Leipzig.',
    'https://example.com/avatars/hanna.png',
    timestamptz '2026-01-06 17:22:00+00', timestamptz '2026-01-06 17:22:00+00'
  ),
  (
    'yusuf', 'yusuf@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$HIpwg/mpKLGlQsLHeyItgA$FUyTvSsLR+LYMQdwrOLS2xdhq786+Qu7EIwk1kxO3EQ',
    'Literary translator in Amman. Books by day, oud by night. مترجم وعازف هاوٍ',
    'https://example.com/avatars/yusuf.png',
    timestamptz '2026-01-08 18:51:00+00', timestamptz '2026-02-01 07:15:00+00'
  ),
  (
    'kenji', 'kenji@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$j8TDpJtpH9ckZyKHew4iRw$mcwJBMrrWr7A4F8T0VwNeWS4YH80wPO4Ge5b8fK7ZrA',
    'Firmware by day, telescopes by night, in the hills above Nagano. 星を見る人。',
    'https://example.com/avatars/kenji.png',
    timestamptz '2026-01-11 12:08:00+00', timestamptz '2026-01-11 12:08:00+00'
  ),
  (
    'wren', 'wren@example.com',
    '$argon2id$v=19$m=19456,t=2,p=1$yc3X+NRRwQIksFKaNLNFjg$JSbPeEPqzl5mYZaHKYF4dWztGh9sXmbSgxnoSS63tjo',
    null,
    null,
    timestamptz '2026-01-13 21:33:00+00', timestamptz '2026-01-13 21:33:00+00'
  );

-- Articles (edited_at is null for an article that was never edited)

insert into articles (slug, title, description, body, tag_list, author_id, created_at, updated_at)
select
  sample.slug,
  sample.title,
  sample.description,
  sample.body,
  sample.tag_list,
  users.id,
  sample.created_at,
  coalesce(sample.edited_at, sample.created_at)
from (values
  (
    'ines', 'read-the-plan-before-you-add-the-index',
    timestamptz '2026-01-05 08:15:00+00', null::timestamptz,
    array['databases', 'software'],
    'Read the plan before you add the index',
    'Four minutes with explain would have saved me a week of guessing.',
    $md$Last autumn a search page took nine seconds, and three of us "knew" why. Between us we added four indexes. The page still took nine seconds, and now every write was slower too.

On the fifth day I did what I should have done on the first:

```sql
explain (analyze, buffers)
select id, email
from accounts
where lower(email) = 'someone@example.com';
```

The answer was two lines long. The planner read the whole table, because our index was on `email` and our question was about `lower(email)`. To PostgreSQL those are different things, and it is right.

## What I look at now

1. **Estimated rows against actual rows.** If the planner expects 1 and meets 48,000, every decision above that line was made in the dark. Fix the statistics first.
2. **Loops.** A step of 0.2 ms is cheap. The same step 30,000 times is your six seconds.
3. **Buffers.** Pages read tell you about work. Milliseconds tell you about work *and* whoever else was using the disk.

Only then do I think about an index, and I write down which line of the plan I expect to change. If that line does not change, the index goes.

An index is a promise to do extra work on every write, for ever. It deserves at least one piece of evidence.$md$
  ),
  (
    'oskar', 'what-four-in-the-morning-taught-me-about-batch-jobs',
    timestamptz '2026-01-09 13:20:00+00', null,
    array['baking', 'software', 'craft'],
    'What four in the morning taught me about batch jobs',
    'I left software for bread and found the same problems, only warmer.',
    $md$People ask if I miss programming. I say: I still run a nightly batch. It has a hard deadline at half past six, when the door opens, and the users are hungry.

Here is what the ovens taught me that eleven years of payroll did not.

**Start from the deadline and count backwards.** Loaves out at 6:10, because hot bread cannot be sliced. In at 5:30. Shaped by 4:00. So the dough was mixed *yesterday*. Every late batch I ever saw, in either job, was late at the beginning and noticed at the end.

**The oven is the bottleneck, so the oven never waits.** I used to make the mixer faster. It made a bigger pile of dough in front of the same oven. Nobody needs a bigger pile.

**Make failure small.** We mix in six tubs, not one. A forgotten salt costs a sixth of the morning. In payroll we ran everyone in one transaction and prayed.

**Taste it.** This is monitoring. A green light on the oven says that the oven is hot. It does not say that the bread is good.

And one thing that is different: when the batch is finished, it is finished. At two in the afternoon the shelves are empty. Nobody has ever asked me to restore Tuesday's rye.$md$
  ),
  (
    'priya', 'the-pager-is-a-promise',
    timestamptz '2026-01-14 21:02:00+00', null,
    array['on-call', 'software'],
    'The pager is a promise',
    'On what we owe the person we wake up.',
    $md$My phone has one sound that is allowed through at night. My husband calls it "the goose". When the goose honks at 02:40, two adults and, on a bad night, a toddler are awake because somebody, some months ago, typed a threshold into a box.

I think about that somebody a lot. Sometimes she is me.

A page says: *stop what you are doing, including sleeping, because a human has to act right now.* That is a promise with three parts.

- **It is happening to someone.** Not to a disk, not to a graph. A customer cannot pay, or log in, or read.
- **It will not wait until breakfast.** If the right response is to make a ticket, then make a ticket.
- **You can do something.** An alert whose only remedy is to watch it is a very expensive screensaver.

Last month our team went through 61 alerts with those three questions, aloud, over two lunchtimes. Nineteen survived. The number that surprised me was not nineteen. It was that nobody could remember who had wanted the other forty-two.

We were nervous for a week. Then it was quiet, and quiet stopped feeling like something we had forgotten to measure.

The goose has honked twice since. Both times I sat up already believing it. That is worth more than any dashboard I own.$md$
  ),
  (
    'tom', 'january-is-for-sharpening',
    timestamptz '2026-01-19 10:44:00+00', null,
    array['gardening', 'craft'],
    'January is for sharpening',
    'There is nothing to plant, so look after the things you plant with.',
    $md$Nothing grows on plot 17 in January except my list of excuses. The ground is either iron or soup. So I sit in the shed with a flask and a stone, and I sharpen.

I taught geography for thirty-four years and in all that time nobody told me that a spade has an edge. I had been digging with the equivalent of a dinner plate. My neighbour Doreen, who is eighty-one, took it off me one Saturday, ran a file along it a dozen times, and handed it back. I went through the clay as if it were fruit cake.

My order of work, for anyone as ignorant as I was:

1. **Scrub** off the soil with a wire brush. Sharpening mud is unrewarding.
2. **File** the hoe and spade on one side only, pushing away from you, at the angle it already has. You are following an opinion, not forming one.
3. **Stone** for the secateurs. Take them apart and lay the parts out in order, because you will not remember.
4. **Oil** everything, linseed for the handles.

It takes an afternoon a year. A blunt tool costs you a little every single day and never sends a bill, which is why people go on paying it.

The robin came in and watched. I think he approved, but he always looks like that.$md$
  ),
  (
    'wren', 'an-onion-is-a-chemistry-lesson',
    timestamptz '2026-01-25 18:30:00+00', null,
    array['cooking', 'science'],
    'An onion is a chemistry lesson',
    'Why you cry, why it browns, and why the recipe lies about ten minutes.',
    $md$An onion keeps its weapons in separate rooms. Sulphur compounds sit in one part of the cell, the enzyme alliinase in another. Your knife knocks the wall down. The two meet, a second enzyme joins in, and a few seconds later a small volatile molecule drifts up and turns into acid on the surface of your eye.

Everything that helps follows from that.

- **A sharp knife** crushes fewer cells. This is most of it.
- **Half an hour in the fridge** slows the enzymes. It works.
- **A fan** moves the gas elsewhere. It works.
- **Bread in the mouth** makes you look odd. It does nothing else.

## Now the pan

"Cook the onions until caramelised, about ten minutes." No. An onion is nearly nine tenths water, and while there is water in the pan the temperature stays near 100 °C. Browning is slow there. First the water has to go, then things get interesting. Forty-five minutes on a moderate heat, or you are eating hot wet onions and being brave about it.

A pinch of bicarbonate speeds up the browning because the Maillard reactions like an alkaline pan. It also turns the onions to jam. Use it for soup, not for anything with shape.

Recipe writers know all this. They print ten minutes because nobody would start otherwise.$md$
  ),
  (
    'hanna', 'nachtzug-nach-narvik',
    timestamptz '2026-02-02 16:10:00+00', null,
    array['travel', 'languages'],
    'Nachtzug nach Narvik',
    'Achtzehn Stunden, ein Abteil, drei Fremde und sehr viel Schnee.',
    $md$Um sechs Uhr abends verlässt der Zug Stockholm, und für eine Weile sieht alles aus wie eine gewöhnliche Heimfahrt: müde Gesichter, nasse Mäntel, jemand telefoniert zu laut. Dann werden die Häuser weniger. Irgendwann hört auch das Telefonieren auf.

Wir sind zu viert im Abteil. Ein Lehrer aus Luleå, der nur übers Wochenende bei seiner Tochter war. Eine Geologin mit einer Kiste, die sie nicht aus den Augen lässt. Ein Junge, der zum ersten Mal allein reist und so tut, als wäre es das zehnte Mal. Der Lehrer teilt Zimtschnecken aus. Damit ist alles geklärt.

## Der Morgen

Gegen acht wache ich auf, weil es *still* ist. Der Zug steht im Wald, der Schnee reicht bis an die Fensterkante, und das Licht ist blau – nicht bläulich, sondern blau wie Tinte. Ein Schild am Bahndamm verrät, dass wir den Polarkreis überqueren. Niemand sagt etwas. Der Junge macht ein Foto und steckt das Handy wieder weg.

Hinter Abisko fällt die Strecke zum Fjord hinab, Tunnel um Tunnel, und plötzlich ist da Wasser, offenes, schwarzes Wasser, mitten im Winter.

Fliegen hätte zwei Stunden gedauert. Aber dann hätte ich nicht gewusst, wie weit es ist.$md$
  ),
  (
    'yusuf', 'reading-with-a-pencil',
    timestamptz '2026-02-08 19:25:00+00', null,
    array['books', 'craft'],
    'Reading with a pencil',
    'A defence of writing in books, by someone who was raised not to.',
    $md$My father covered his books in brown paper and washed his hands before he opened them. I inherited the books and, for a long time, the hands. The first time I drew a line in a margin I looked over my shoulder.

It is my trade that corrupted me. A translator reads the way a locksmith looks at a door. Where does it turn? Why this word and not its cousin? If I do not mark the place, I will pass it again next week as if it were new.

I have come to a small alphabet of marks:

- a **dot** beside a sentence I would like to have written;
- a **wave** under one that I do not believe;
- a **question mark** only when I intend to answer it;
- and, inside the back cover, a list of page numbers with one word each. *Rain, 41. The lie, 118. Bread again, 203.*

That last page is the whole secret. It turns a book that I have read into a book that I can find my way back through.

Last winter I opened one of my father's histories and, under the brown paper, on the inside of the cover, I found a column of page numbers in his tiny hand, each with one word. He had hidden it even from the book.

I use a soft pencil, 2B. It forgives.$md$
  ),
  (
    'kenji', 'your-first-telescope-should-be-binoculars',
    timestamptz '2026-02-13 12:40:00+00', null,
    array['astronomy', 'science'],
    'Your first telescope should be binoculars',
    'Advice I give every winter to parents standing in a shop.',
    $md$Every winter someone asks me which telescope to buy for a child. I answer with a question: do you have binoculars in a cupboard? Usually they do. Then the answer is free.

A cheap telescope on a weak tripod shows a very large, very blurred, very shaky thing that leaves the view in twenty seconds. Many telescopes are used exactly twice. Binoculars show less, but you understand what you are seeing, because the image is upright and wide and both of your eyes take part.

With an ordinary 10×50 pair, from a dark car park, you can see:

1. **The Moon**, when it is half full. Look along the line between light and dark. The shadows there are of real mountains.
2. **The Pleiades.** Six stars become fifty.
3. **Jupiter.** Lean on a wall, hold your breath. The little points in a row are moons. Come back tomorrow; they have moved. Galileo saw this with a worse instrument.
4. **The Andromeda galaxy.** A faint grey smear. The light left before there were people.

My only equipment advice is a reclining garden chair and one more jumper than you think.

If, after one year, the child still asks to go outside in February, then buy a telescope. Buy it used, from somebody who did it in the wrong order.$md$
  ),
  (
    'ines', 'pages-without-offset',
    timestamptz '2026-02-19 08:50:00+00', timestamptz '2026-02-21 09:05:00+00',
    array['databases', 'software'],
    'Pages without offset',
    'How to ask for the next twenty rows without counting all the previous ones.',
    $md$`offset 40000` looks like a jump. It is a walk. The database finds forty thousand rows, in order, and throws each of them away before it hands you the twenty you wanted. Page 2,000 costs two thousand times what page 1 does.

The other way is to say where you stopped:

```sql
select id, title, created_at
from articles
where (created_at, id) < ($1, $2)
order by created_at desc, id desc
limit 20;
```

With an index on `(created_at desc, id desc)` this is twenty rows of work on every page. And it fixes a bug you may not know you have: with offsets, when somebody publishes while you read, the last article of page one greets you again at the top of page two.

Three traps:

- **Compare the pair, not the parts.** `created_at < $1 and id < $2` silently loses rows.
- **Break ties.** Two articles in the same microsecond are rare until an import makes them all share one.
- **Mind the precision.** PostgreSQL keeps microseconds; a JavaScript `Date` keeps milliseconds. Send the cursor through a `Date` and it points slightly into the past. Carry it as text.

You give up "go to page 731". In nine years I have met one person who wanted page 731, and she was testing the pager.

*Edited: added the third trap, after it bit a reader.*$md$
  ),
  (
    'priya', 'explaining-my-job-to-a-five-year-old',
    timestamptz '2026-02-26 20:18:00+00', null,
    array['parenting', 'on-call', 'software'],
    'Explaining my job to a five-year-old',
    'She asked why the computer phones me at night. It was a fair question.',
    $md$"Why does the computer phone you and not Daddy?"

We were on the stairs, where all important conversations take place. I said that the computers at my work do a job for lots of people, and sometimes one is poorly, and then it calls me.

"Like a doctor."

A bit like a doctor, yes.

"What's wrong with it?"

Usually it is full, I said. She considered this. "Does it need a wee?" And I have to tell you that as a description of log rotation I have never heard better.

She wanted to know why I do not make computers that don't get poorly. I told her that we try. But lots of people are always changing them, to make them do new things, and every time you change something you might knock something else over.

"Then stop changing it."

I said that this was a famous idea and that some people at work agreed with her.

"Or," she said, "only change a *little* bit. And then look."

I have sat through two-day courses which contained less. I wrote it on a card and it is stuck to my monitor now, in felt tip, with a drawing of a computer crossing its legs:

> ONLY CHAJNE A LITLE BIT. AND THEN LOOK.

She has asked for royalties, payable in biscuits.$md$
  ),
  (
    'kenji', 'akai-tsuki-no-yoru',
    timestamptz '2026-03-04 11:30:00+00', null,
    array['astronomy', 'languages'],
    '赤い月の夜',
    'ひな祭りの晩、近所の人たちと見た皆既月食の話。',
    $md$三月三日、ひな祭りの晩に皆既月食があった。🌕🌖🌗🌘🌑

夕方、家の前の空き地に望遠鏡を出した。誰も呼んだわけではないのに、月が欠け始める七時前には、隣の奥さんがひなあられを持って来てくれた。そのうちに子どもが三人、犬が一匹、郵便局の佐藤さんまで集まった。

## 二十時四分

最後の光の筋が消えると、月は急に丸く、重くなった。平らな円ではなく、本当に球なのだと分かる。色は赤というより、古い銅のようだった。

「どうして真っ黒にならないの」と一番小さい子が聞いた。

地球の空気が太陽の光を曲げて、影の中へ送るからだよ、と私は答えた。青い光は途中で散ってしまい、赤い光だけが届く。つまりあの赤は、いま世界中で起きている**朝焼けと夕焼け**を全部集めた色なのだ。

その子はしばらく黙って、それから言った。「じゃあ、みんなの夕焼けだ」

私は三十年、星を見てきたが、これほど正しい説明を聞いたことがない。

望遠鏡をのぞいた人より、ただ見上げていた人のほうが長く外にいた。寒い夜だった。お茶は二回わかした。$md$
  ),
  (
    'tom', 'in-praise-of-the-leek',
    timestamptz '2026-03-10 09:35:00+00', null,
    array['gardening', 'cooking'],
    'In praise of the leek',
    'It asks for nothing, it stands in the snow, and it makes the best soup there is.',
    $md$The tomato gets the photographs. The leek does the work.

Consider its record. You sow it in March, in a tray, and it comes up looking like grass. In June you make a hole with a stick, drop the seedling in, and *do not fill the hole*: you pour water in and walk away. I have explained this to grown adults who then filled the hole. Let the rain do it.

After that the leek requires nothing. It does not sulk, bolt at a harsh word, or need tying to anything. In November, when the rest of the plot resembles the end of a war, there it stands, in two straight lines. In February I knock the snow off and take one home.

## The soup

- three leeks, sliced, washed *after* slicing, because they hide grit
- a good piece of butter
- two potatoes, cut small
- water, salt, and a spoon of cream if you are being visited

Sweat the leeks in the butter under a lid for twenty minutes, without colour. Potatoes and water in, until soft. Crush half of it with a fork. Do not put it in a machine; you are not an invalid.

It costs about sixty pence. I have paid eleven pounds for worse, in a room with music.$md$
  ),
  (
    'wren', 'salt-your-pasta-water-by-weight',
    timestamptz '2026-03-16 17:55:00+00', timestamptz '2026-03-17 07:40:00+00',
    array['cooking', 'science'],
    'Salt your pasta water by weight',
    'One number, two myths, and a correction.',
    $md$The number is ten grams per litre. One per cent. Weigh it once, see what that looks like in your own hand, and you will not need the scales again.

Now the myths.

**"Like the sea."** The sea is about thirty-five grams per litre. Whoever says this has either never cooked pasta in sea water or never tasted the sea. It is inedible. Try it if you must; I did, for science, and threw away a perfectly good portion of rigatoni.

**"Salt makes it boil hotter."** It does. At one per cent, by about 0.17 °C. You would gain more by walking downhill. Salt is there because pasta takes up water while it cooks, and that water is the only chance to season the inside.

What does change the result is the *amount* of water. Less water means more starch per spoonful, and that cloudy water is what makes a sauce cling. Use a wide pan, cover the pasta by two fingers, and stir in the first minute, which is when it sticks.

And keep a cup of it back. Everybody knows this and everybody forgets. I put the cup in the colander beforehand, so that I have to pick it up.

*Correction: the first version said 0.5 °C. That was the figure for about three per cent. Thank you to the reader who did the sum.*$md$
  ),
  (
    'oskar', 'a-sourdough-schedule-for-people-with-jobs',
    timestamptz '2026-03-23 14:05:00+00', null,
    array['baking', 'cooking', 'science', 'craft'],
    'A sourdough schedule for people with jobs 🍞',
    'The fridge is the most important tool in the kitchen after your hands.',
    $md$Customers tell me they would bake, but they have a job. I had a job too! The trick is that cold dough is slow dough. You don't fit your day around the bread. You put the bread in the fridge until you have time for it. ❄️

One loaf: 500 g strong flour, 350 g water, 100 g lively starter, 10 g salt.

| When | What | Your time |
| --- | --- | --- |
| Friday 18:00 | Feed the starter | 2 min |
| Friday 22:00 | Mix everything, cover | 5 min |
| Friday 22:30 | Fold it over itself four times, then into the fridge | 2 min |
| Saturday, whenever | Out of the fridge, two hours on the counter | 0 min |
| after that | Shape, into a floured basket, fridge again | 5 min |
| Sunday 8:00 | Oven as hot as it goes, 40 minutes in a lidded pot | 3 min |

Seventeen minutes. The rest is the bacteria, and they work for free. 🦠💪

Three things go wrong:

1. **The starter was tired.** Drop a spoon of it in water. If it sinks, wait.
2. **Impatience.** A dough that has not grown will not grow in the oven from fear.
3. **Cutting it hot.** I know. I know! Wait one hour. 👩‍🍳

Then eat it with too much butter. That part doesn't need a schedule.$md$
  ),
  (
    'hanna', 'forty-kilometres-before-breakfast',
    timestamptz '2026-03-30 07:12:00+00', null,
    array['cycling'],
    'Forty kilometres before breakfast',
    'What the road is like when nobody else wants it.',
    $md$The clocks went forward, so half past five is half past four, and my legs know it. I go anyway. The first kilometre is always the same: cold hands, stiff knees, and the thought that I am an idiot. I have learned not to negotiate with the first kilometre. It has no authority.

After the last traffic light the city stops as if it had been cut with scissors. Fields, then the long avenue of poplars, then the lake. In the mist there are two swans and a man with a fishing rod who lifts one finger from it when I pass. We have been doing this for three years. I don't know his name and would be sorry to.

At kilometre twenty I turn around at the church with the crooked weathercock. There is a rule: before turning I stop, put one foot down and look for one minute. Nothing else. No phone, no photo. It is astonishing how long a minute is.

On the way home the light comes from behind me and my shadow rides ahead, very tall and obviously in better shape.

I am at my desk at nine, with wet hair and a stupid grin. A colleague asks how I slept. "Short," I say. She thinks that I am complaining.$md$
  ),
  (
    'yusuf', 'fi-madih-al-oud',
    timestamptz '2026-04-06 18:45:00+00', null,
    array['music', 'languages'],
    'في مديح العود',
    'عن آلةٍ ورثتُها قبل أن أعرف كيف أمسكها.',
    $md$ظلّ العود معلّقًا على جدار بيت جدّي سنوات طويلة، ولم يكن أحد منّا يجرؤ على لمسه. وحين رحل جدّي أعطتني جدّتي الآلة وقالت: «الخشب الذي لا يُعزف عليه ينسى».

## الدرس الأول

لم أتعلّم في الشهر الأول لحنًا واحدًا. تعلّمت كيف أجلس، وكيف أمسك الريشة، وكيف أصغي إلى الوتر حتى يسكت. كان أستاذي يقول إن نصف الموسيقى هو ما يأتي بعد النغمة. ثم يضبط الإيقاع على 60 bpm ويطلب منّي أن أعزف أبطأ.

## بين نغمتين

بعد ذلك جاء مقام البياتي، وفيه نغمة تقع بين نغمتين ولا تجدها على البيانو. بحثتُ عنها أسابيع بإصبعي، أعلى قليلًا، أدنى قليلًا، إلى أن وجدتها ذات مساء فعرفتها فورًا: إنها النغمة التي كانت جدّتي تدندن بها وهي تغسل الصحون.

## ما بقي

بعد عشر سنوات ما زلتُ عازفًا متوسّطًا، وهذا يسعدني. أعزف ربع ساعة كل مساء والباب مفتوح. 🎶 وأحيانًا تجلس ابنتي على الأرض وتستمع، ثم تقول: «مرّة أخرى، ولكن لا تخطئ هذه المرّة».

والخشب لم ينسَ شيئًا.$md$
  ),
  (
    'priya', 'write-the-runbook-for-the-person-who-is-tired',
    timestamptz '2026-04-12 19:50:00+00', null,
    array['on-call', 'software'],
    'Write the runbook for the person who is tired',
    'A template, and the reasons for its order.',
    $md$I have read runbooks that began with the history of the service. I read one, at 03:15, that began with an architecture diagram in which the failing box did not appear. The author was awake, at a desk, with coffee. The reader never is.

So this is our template now. It fits on a phone without scrolling.

```text
WHAT USERS SEE     one sentence
IS IT REAL?        one command, and what a good answer looks like
MAKE IT STOP       numbered steps, one command each, safe to repeat
DID IT WORK?       one command, and how long to wait
WAKE WHOM          a name, and after how many minutes
LATER              everything else, with the history and the diagram
```

Why this order:

- **What users see** comes first because it tells you whether you may go back to bed.
- **Make it stop** comes before *understand it*. Curiosity is for daylight.
- **Safe to repeat** because you will lose your place. The baby will cry. You will run step 3 twice.
- **Wake whom, after how many minutes** is a number so that you don't have to be brave. When twenty minutes are up you ring Marcus. It's not a failure; it's step 5.

We test a runbook by giving it to the newest person on the team, on a Friday at five, and saying nothing. Wherever she frowns, that's the bug.$md$
  ),
  (
    'ines', 'constraints-are-documentation-that-cannot-lie',
    timestamptz '2026-04-19 09:28:00+00', null,
    array['databases', 'software'],
    'Constraints are documentation that cannot lie',
    'Say it to the database, and every future program has heard it.',
    $md$A comment says what someone believed on a Tuesday. A test says what someone thought of checking. A constraint says what is *true*, of every row, including those written by the import script nobody admits to.

```sql
create table follows (
  follower_id bigint not null references users on delete cascade,
  followee_id bigint not null references users on delete cascade,
  primary key (follower_id, followee_id),
  check (follower_id <> followee_id)
);
```

Read it as prose. *A follow joins two people who exist. You can follow someone once. You cannot follow yourself. When a person leaves, so do their follows.* Four sentences of specification in six lines, and none of them can fall out of date.

The objection I hear is that "the application already checks". It does. It checks first and writes second, and between those two moments another request does the same. Two people register the same name in the same millisecond; both checks pass; now you have twins. Only the thing that holds the data can hold the rule.

I still validate in the application, for kindness: it can say *this name is taken* and put the cursor in the right field. The constraint is for the truth.

When one fires in production, somebody always says that the database broke. No. Something was already broken, and the database was the only one who mentioned it.$md$
  ),
  (
    'kenji', 'interrupts-and-other-ways-to-lose-an-afternoon',
    timestamptz '2026-04-27 13:15:00+00', null,
    array['software'],
    'Interrupts, and other ways to lose an afternoon',
    'A counter that was wrong once in a few thousand readings.',
    $md$I built a motor drive that turns my camera with the sky. A sensor gives a pulse for each small step, an interrupt counts the pulses, and the main loop reads the count. It worked. But about once an hour the mount jumped, as if it had seen a ghost.

The program was this short:

```c
volatile uint32_t count;

ISR(INT0_vect) { count++; }

uint32_t pulses(void) { return count; }
```

`volatile` is there. Everybody remembers `volatile`. But this is an 8-bit chip, and the count has 32 bits. Reading it takes four separate instructions. If the pulse arrives between the first and the second while the low byte goes from 255 to 0, I receive half of an old number and half of a new one. The error is 256 steps. The jump on the sky was exactly 256 steps. I had even measured it, and not thought about why it was such a round number.

```c
uint32_t pulses(void) {
  uint32_t copy;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { copy = count; }
  return copy;
}
```

What I take from this:

- `volatile` means *do look again*. It does not mean *look all at once*.
- A rare fault with a round number in it is not random. It is telling you its name.

Four hours. The fix is one line. The stars waited.$md$
  ),
  (
    'tom', 'slugs-a-negotiated-peace',
    timestamptz '2026-05-03 08:58:00+00', null,
    array['gardening', 'science'],
    'Slugs: a negotiated peace',
    'Thirty years of war, and what I have settled for.',
    $md$I have tried copper tape, crushed eggshells, coffee grounds, grit, sheep's wool and swearing. The people who have tested these properly found that most of them do nothing, and I can report the same of the swearing.

What follows is not victory. It is a treaty.

## Article one: the nursery

Nothing goes into open ground until it has a stem like a pencil. Slugs want babies. I raise everything in pots on the shed roof and plant it out as a teenager, when it is too much trouble to eat.

## Article two: the tithe

I sow half again as many lettuces as I need, along the hedge. Those are theirs. I have stopped thinking of it as theft and started to think of it as rent.

## Article three: the militia

A pond the size of a washing-up bowl brought frogs within a year. I also leave the leopard slugs be, the big spotted ones: they prefer rotting stuff, and they eat other slugs.

## Article four: the evening walk

Torch, bucket, nine o'clock, after rain. Twenty minutes. I relocate them to the compost, where I need them, and where at least we both know they are.

Water in the morning, not the evening. It is the single best advice in this piece, so naturally I have put it where nobody will read it.$md$
  ),
  (
    'hanna', 'how-to-sleep-on-a-night-train',
    timestamptz '2026-05-10 15:33:00+00', timestamptz '2026-05-12 06:20:00+00',
    array['travel'],
    'How to sleep on a night train',
    'Sixty-one nights in sleeping cars, condensed into one page.',
    $md$People try one night train, sleep badly, and tell the story for ten years. I have now slept on sixty-one of them. It is a skill. Here is what I know.

**Choose the middle.** In the middle of the carriage you are away from the wheels and the doors. When the ticket machine lets you pick, pick that. In a six-berth couchette, take the top: it is warm, nobody sits on you, and there is a shelf for your things.

**Pack a second, tiny bag.** Toothbrush, earplugs, water, socks, the book. The big bag goes up and stays up. Nobody loves the person who unpacks at midnight.

**Eat before, not on board.** There was a dining car once. Speak of it with respect, and bring a sandwich.

**Make friends in the first ten minutes.** Say good evening. Ask who gets out first and who snores. After that, silence is comfortable rather than awkward.

**Let it rock you.** You will wake at stations, because the *stopping* wakes you. Look out for a moment. An empty platform at three in the morning, one lamp, a name that you cannot pronounce: this is what you paid for.

**Do not plan anything before eleven.** The train may be late. Then you have breakfast with a view.

*Edited: several of you wrote that top berths are too hot in August. You are right. In August, bottom.*$md$
  ),
  (
    'oskar', 'the-price-of-a-cinnamon-bun',
    timestamptz '2026-05-17 12:47:00+00', null,
    array['baking'],
    'The price of a cinnamon bun',
    'Where thirty-eight crowns go, one at a time.',
    $md$A man said to me on Saturday: "Thirty-eight crowns! The flour can't cost two." He is right. The flour costs one crown and forty öre. So I sat down with the books and wrote him an answer. I put it up by the till.

One bun, 38 kr:

- **Tax:** 2 (it varies with what the state thinks of food this year)
- **Flour, yeast, salt, cardamom:** 3. The cardamom is half of that. We grind it ourselves. I will not be moved on this.
- **Butter, milk, sugar, cinnamon:** 5
- **Electricity:** 3
- **Rent:** 5
- **The people:** 14. Lina, Ahmed, me, and the holiday we take in July.
- **The ones we don't sell:** 2. They go to the night shelter at closing time.
- **Cards, bags, insurance, the dishwasher that broke:** 3
- **Left over:** 1

One crown. When people say that a bakery is a gold mine, they are thinking of that crown and how many buns there are. There are about two hundred a day.

The man came back on Monday. He read the whole note, with his glasses pushed up, while the queue went around him. Then he said: "You should charge forty."

He bought four, and I gave him a fifth. There went the crown on the next thirty-seven.$md$
  ),
  (
    'wren', 'the-control-is-the-experiment',
    timestamptz '2026-05-24 16:22:00+00', null,
    array['science', 'craft'],
    'The control is the experiment',
    'If you only remember one thing from school biology, remember the boring pot.',
    $md$Every spring a student shows me a plant that grew beautifully after she did something to it. Music, aspirin, kind words. I ask to see the other plant. There is a silence.

The other plant, the one to which you did nothing, *is* the experiment. The treated plant is only the thing you compare with it. Plants grow. Colds get better. Sales go up in December. Without the boring pot on the same window sill you have a pleasant story about time passing.

## How to do it badly, even with a control

- Put the treated one nearer the window.
- Look at the treated one more often, and water it when you do.
- Decide what counts as "better" after seeing both.
- Have two plants. One of them is going to win.

## How to do it well, cheaply

1. Ten pots, not two.
2. Toss a coin for each.
3. Write down *before you start* what you will measure and on which day.
4. Let somebody who doesn't know which is which do the measuring.

That is all. It costs a coin and some patience. People in offices tell me they "ran an experiment" and mean that they changed something and then looked at a chart going up.

Perhaps it was you. Perhaps it was spring.$md$
  ),
  (
    'yusuf', 'translating-a-joke',
    timestamptz '2026-06-01 19:10:00+00', null,
    array['books', 'languages', 'craft'],
    'Translating a joke',
    'Eleven words took me four days. I would like to explain the invoice.',
    $md$In chapter six a waiter says something to a man who has waited too long for his soup. In the original it is eleven words and a pun. The man laughs, and because he laughs, he stays; and because he stays, there is a chapter seven. So I could not leave the joke out. The plot was standing on it.

**First day.** I translated the words. They were correct, and dead. You could have served them with the soup.

**Second day.** I wrote a footnote that explained the pun. A footnote under a joke is a tombstone. I deleted it.

**Third day.** I asked myself what the joke *does*. It admits a fault, it flatters the guest, and it is a little rude about the cook. Any joke that does these three things, in the mouth of a tired waiter, would hold up the plot.

**Fourth day**, in a taxi, the driver apologised for the traffic. What he said was funny, it flattered me, and it was rude about the mayor. I wrote it on my hand.

So in my translation the waiter says what a taxi driver in Amman said on a Thursday, with the mayor turned into a cook. Not one word of the eleven survived. I believe it is the most faithful sentence in the book.

The editor wrote in the margin: *"Ha."* I have framed the page.$md$
  ),
  (
    'priya', 'bedtime-as-a-distributed-system',
    timestamptz '2026-06-08 20:41:00+00', null,
    array['parenting', 'software'],
    'Bedtime as a distributed system',
    'Two children, two parents, no shared clock, and a network that lies.',
    $md$I have worked with distributed systems for twelve years. None was as unreliable as 19:30 in our house. 😴 A field guide:

**No shared clock.** "Five more minutes" is measured locally. Each node has its own drift, and all of it is in the same direction.

**Messages are delivered at least once.** "Brush your teeth" must be sent until acknowledged. Acknowledgement does not imply that the operation was performed. Check for a wet toothbrush. Advanced nodes will wet the toothbrush.

**Split brain.** Node A asks Mum for a story; partition; node A asks Dad for a story. Both parents, unable to communicate, grant the request. We now have a leader. The leader is whoever is *downstairs*, because that person is most afraid of having to come up again.

**Retries without backoff.** "Water." "Water." "Water." There is no jitter in a three-year-old.

**Cascading failure.** One node wakes the other. Load doubles. The parents, now also failing, start shouting, and nobody's throughput improves.

## What has helped

A picture list on the door: teeth, toilet, book, song, light. The list is the source of truth. Nobody argues with a laminated card. It is append-only and it needs no consensus.

And a song that is always the same one, last. It is slow, and by the third verse I am nearly asleep myself. I think that's called graceful degradation.$md$
  ),
  (
    'hanna', 'a-puncture-step-by-step',
    timestamptz '2026-06-15 17:05:00+00', null,
    array['cycling', 'craft'],
    'A puncture, step by step',
    'You need ten minutes, two levers, and somebody once showing you how.',
    $md$Nobody showed me until I was twenty-six. Before that I *walked home*. If this saves one person that walk, good.

1. **Turn the bike over** and take the wheel out. Back wheel: shift to the smallest cog first, and look at how the chain lies. Look properly. You will want to know it in nine minutes.
2. **Let out the rest of the air** and push the tyre towards the middle of the rim all around. This makes slack, and then the levers are easy. If you must use force, you skipped this.
3. **Find the hole** in the tube. Pump it up and hold it to your lips; they feel more than fingers do.
4. **Find the cause.** This is the step everyone leaves out. Lay the tube beside the tyre, valve to valve, and search that place with your fingertips, slowly. It is still there: glass, thorn, a wire no longer than an eyelash. Otherwise you will do all of this again at the next corner.
5. **Put in the spare tube**, pumped just enough to be round. You can glue the old one at home with tea.
6. **Tyre back on with thumbs**, finishing at the valve. No levers! They bite.
7. Check that no tube peeps out. Pump.

Then show somebody else. My niece is nine and does it in fourteen minutes, and charges me an ice cream. 🍦$md$
  ),
  (
    'ines', 'the-migration-that-took-eleven-seconds-too-long',
    timestamptz '2026-06-23 08:33:00+00', null,
    array['databases', 'on-call', 'software'],
    'The migration that took eleven seconds too long',
    'Adding a column takes a millisecond. Waiting your turn can take the site down.',
    $md$The statement was innocent:

```sql
alter table orders add column note text;
```

No default, no rewrite. It needs about a millisecond of work and, for that millisecond, an exclusive lock. I had run a hundred like it. On a Monday at ten past nine I ran one more, and checkout stopped.

What happened is a queue. Someone's report had been reading `orders` for a while. My statement wanted the table to itself, so it waited behind the report. That much is polite. But locks are granted in order: every *new* query on `orders`, even a plain select, now waited behind **me**. One slow reader and one patient writer, and nobody could buy anything.

The report ended eleven seconds later. My millisecond passed. Four hundred waiting requests arrived at once, and the connection pool fell over. In all, six minutes.

Now every migration of ours begins with:

```sql
set lock_timeout = '2s';
```

If it cannot have the lock in two seconds it gives up, and we try again a minute later. A failed migration is an annoyance. A patient one is an outage.

Two more habits came out of that morning. We look for long transactions before we start. And I no longer say that a change is "instant". I say how long it works, and how long it is prepared to wait.$md$
  ),
  (
    'tom', 'what-the-water-butt-knows',
    timestamptz '2026-07-02 11:18:00+00', null,
    array['gardening', 'science'],
    'What the water butt knows',
    'Nine years of rain, recorded on the inside of a shed door.',
    $md$The shed roof on plot 17 is two metres by three. One millimetre of rain on six square metres is six litres. I used to set that as homework; now I live by it. My water butt holds two hundred litres, so thirty-odd millimetres fills it, near enough, allowing for the gutter, which leaks.

Since 2017 I have chalked up on the inside of the door each time it was full and each time it was empty. It is not science. The gauge is a jam jar. But nine years of anything is worth a look, and at the weekend I copied it out on squared paper.

It does not rain less than it did. I had been telling people so in the pub, and I shall have to apologise. It rains about the same. What has changed is the *gaps*. In the first three years the butt ran dry twice a summer. In the last three, five or six times, and then it fills in one afternoon with such a clatter that most goes over the side.

So a bigger roof would be no use to me. What I need is a second butt. Same rain, more patience.

Doreen looked at the graph for some time and said: "You could have asked me."$md$
  ),
  (
    'kenji', 'planning-for-totality',
    timestamptz '2026-07-10 12:55:00+00', null,
    array['astronomy', 'travel'],
    'Planning for totality',
    'On 12 August the Moon covers the Sun over northern Spain. My notes.',
    $md$I have a ticket. On the evening of 12 August the shadow of the Moon comes over Greenland and Iceland, crosses the north of Spain, and leaves the Earth near the Balearic islands. It is the first total eclipse on the Spanish mainland for more than a century. I am going to Burgos.

## Why Burgos

The middle of the path goes past it, and there totality is about **104 seconds**. It is inland, where August evenings are often clear; the north coast is beautiful and often grey. And there are roads in many directions, so that I can run away from a cloud.

## The difficult part

The Sun will be less than ten degrees above the horizon. That is a fist at the end of your arm. A hill, a house or a poplar in the west is enough to lose everything. I have looked for a place on the map with open fields to the west-north-west. I will stand there on the 11th, at the same time, and check.

## The list

- eclipse glasses, from a maker I trust, for *every* moment except totality
- a chair, water, a hat
- one camera, with a program that I will not touch
- no telescope

The last one was hard. But my teacher told me: at your first eclipse, do not operate equipment. You have 104 seconds. Spend them.$md$
  ),
  (
    'yusuf', 'practising-slowly',
    timestamptz '2026-07-20 18:15:00+00', null,
    array['music', 'craft'],
    'Practising slowly',
    'My teacher has one piece of advice, and gives it to everyone.',
    $md$"Slower," says my teacher. It is the whole of his method. He says it to children and to professionals. Once I heard him say it to a kettle.

For a long time I took it for caution. You play slowly so as not to make mistakes, and when there are none you play faster. I have changed my mind. Slowness isn't a safe place to wait. It is where the playing is *made*.

At full speed, the hand does what it already knows. If it knows a clumsy thing, you rehearse the clumsy thing forty times and it is yours for life. At a quarter of the speed there is time between two notes to notice that the thumb is tight. That the little finger has left for another city. That I am holding my breath.

So, an experiment for any instrument and perhaps for any work:

1. Choose four bars. Not the piece. Four bars.
2. Play at a speed at which you could *talk*.
3. Stop at the first tension, not the first wrong note. The tension came earlier.
4. Three times well, and leave it. Sleep finishes the job.

The hard part is pride. The neighbours hear you. They have known for a month that there are four bars which you cannot play. Let them know it. They will also hear the evening when you can.$md$
  ),
  (
    'wren', 'tomatoes-do-not-belong-in-the-fridge-mostly',
    timestamptz '2026-08-02 17:08:00+00', null,
    array['cooking', 'science', 'gardening'],
    'Tomatoes do not belong in the fridge, mostly',
    'The rule is right about the tomato you should not have bought.',
    $md$Everyone knows one rule about tomatoes: never in the fridge. It is a good rule with a bad explanation, and it fails where it matters.

A tomato is alive. It goes on ripening after you pick it, and part of ripening is making the volatile compounds that we call flavour. Below about 12 °C that machinery slows down and some of it switches off. Chill an *unripe* tomato for a week and it comes back red, wet and silent. That is the supermarket tomato, and your fridge isn't what did it. A lorry did.

But a **fully ripe** tomato has finished. It now has two possible futures: eaten in a day, or soft, then fruit flies. Cold slows both. Two or three days in the fridge, followed by some hours on the counter to warm up, costs little. Rotting costs everything.

So:

- hard or orange: counter, out of the sun, stem side down
- ripe, eating today: counter
- ripe, eating on Thursday: fridge, then *let it warm up*
- cut: fridge, obviously

Eat it at room temperature in every case. Half of what people blame on storage is that they ate it at four degrees, and at four degrees I could not tell you from a tomato.

I did a blind tasting with five friends. Nobody could find the refrigerated ripe ones above chance. n = 5, but there was a control.$md$
  ),
  (
    'kenji', 'one-hundred-and-four-seconds',
    timestamptz '2026-08-14 09:40:00+00', null,
    array['astronomy', 'travel'],
    'One hundred and four seconds',
    'From a field of stubble west of Burgos.',
    $md$There was a farmer who had not planned to watch. He stopped his tractor because of us: thirty strangers in his field, all facing the same way. Somebody gave him glasses. He stayed.

For an hour almost nothing happens. The Sun becomes a biscuit with a bite out of it. The light turns thin, like the light in an old photograph, and the shadows have very sharp edges. It grows cool. The swallows went low, and then went away.

Then it came from the west, over the hills: not darkness, but *a wall*. I had read about it. Reading is no use.

And then the Sun was a hole in the sky with white fire around it. I could see Venus. All round the horizon there was the orange of a sunset, in every direction. Somebody screamed, and a woman beside me was laughing and crying, and the farmer said one word, quietly, several times.

I had prepared a list of seven things to look for. I remembered two.

At the right edge a bead of light appeared, and grew, and it was over. Nobody moved. Then thirty people who did not know each other were all embracing. The farmer shook everyone's hand, as though we had done it.

My camera took 212 pictures. I haven't looked at them yet. I am still looking at the other one.$md$
  ),
  (
    'oskar', 'hiring-someone-who-has-never-baked',
    timestamptz '2026-08-28 13:52:00+00', null,
    array['baking', 'craft'],
    'Hiring someone who has never baked',
    'Lina drove a forklift. She is now better at rye than I am.',
    $md$When I advertised for a baker I got forty letters about passion. 🔥 And one that said: *"I have never baked. I drove a forklift in a cold store for six years, nights. I am on time and I do not drop things."*

I hired her. Here is why I would do it again.

**She asked why.** The experienced people had answers. Lina had questions. Why do we fold four times? I opened my mouth and discovered that I didn't know. We tried three. Now we fold three times.

**She had no wrong habits.** It took me two years to stop kneading like my first boss. She learned it once.

**She wrote everything down.** On the cold store you note the temperature, or people get ill. She began a notebook for the dough: flour, room, water, time, result. After two months it told us that our bad Mondays were not the flour. It was the *heating*, which is off on Sundays. I had blamed that flour for three years. I owe the miller a cake. 🎂

What it cost: one slow autumn. I had to explain everything, and in explaining I found out which things I did only because I had always done them.

In software we wrote "five years of experience required" on everything. Experience in what? I wish we had written: *is on time, asks why, does not drop things.*$md$
  ),
  (
    'priya', 'delete-the-alert',
    timestamptz '2026-09-09 20:27:00+00', timestamptz '2026-09-15 19:58:00+00',
    array['on-call', 'software'],
    'Delete the alert',
    'A follow-up: eight months with nineteen alerts instead of sixty-one.',
    $md$In January I wrote that we had cut our alerts from 61 to 19. Several of you asked, politely, when it would all catch fire. Here is the account.

| | Before | After |
| --- | --- | --- |
| Alerts | 61 | 19, now 22 |
| Pages a week | 14 | 2 |
| Pages that needed a human | 1 in 7 | 4 in 5 |
| Incidents customers told us about first | 3 | 2 |

The last row is the one I worried about. It covers eight months on both sides. We removed two thirds of the smoke detectors and did not miss more fires. I know: it's one team, it isn't a controlled trial, and we also got better at other things in that time.

**What we put back.** Three. One for a certificate about to expire, because the remedy takes a day. One for the queue that fills slowly. One because I was simply wrong.

**What changed that I had not expected.** People began to *fix* things. When an alert goes off twice a night, you learn its rhythm and turn over. When it goes off twice a year, it is an event, and somebody is curious about it in the morning.

**What I would do differently.** I'd have deleted them on day one, and kept a note, rather than mute them "for now". For now is where alerts go to live for ever.

*Edited: fixed the third row, where I had "before" and "after" the wrong way round. Nobody was paged.*$md$
  ),
  (
    'ines', 'a-small-defence-of-boring-software',
    timestamptz '2026-09-24 08:21:00+00', null,
    array['software'],
    'A small defence of boring software',
    'Choose the tool whose failures you can already name.',
    $md$A friend is starting a company and asked me which database to use. I said the one she knows. She was disappointed. I think she had hoped for a secret.

I do have a secret, but it is dull: *every* tool is wonderful in its first month. You learn what it is like in the third year, at night, from the way it fails. With an old tool somebody has been there already. You paste the error message into a search box and find a tired stranger, nine years ago, with the same message, and under it the answer. That stranger is worth more than any benchmark.

So my test for something new is not "is it better?" It often is. My test has three questions.

1. Can I name two ways in which it will break?
2. Can I get my data out of it with a tool that I already have?
3. If its makers lose interest, who notices first, they or I?

Three answers, and I am happy to be excited. I've adopted new things on that basis and been glad.

But most of what we build is a list of things, changed by several people at once, that must not be lost. We have known how to do that for forty years. It is boring as bread is boring: nobody has got tired of it yet.

Spend the excitement on what the thing is *for*.$md$
  ),
  (
    'yusuf', 'five-books-for-a-long-queue',
    timestamptz '2026-10-08 18:02:00+00', null,
    array['books'],
    'Five kinds of book for a long queue',
    'Not titles but shapes, since you will have better titles than I do.',
    $md$I renewed a passport this week. It took two mornings and I finished a book and a half. Choosing what to read in a queue is an art, and it is not the same art as choosing for a bed or a beach. You will be interrupted every four minutes by a step forward.

I do not give titles. You have your own shelves. These are the shapes.

1. **Letters.** Somebody else's. Each one begins again, so you can't lose your place. Dead poets complaining about rent are best.
2. **A book of very short stories.** A page or two. When the queue moves in the middle of one, you are cross with the queue, which gives you an occupation.
3. **A cookery book.** Nobody expects it. People will talk to you. I have been told three ways of making lentils at the Ministry of the Interior.
4. **A poem that you are learning by heart.** One line for each step. At the window you will be able to recite it, and you may well have to.
5. **The difficult book that you have been avoiding.** You can't get up and make tea. There is nothing else to do. I read all of a very great and very slow novel this way, across four offices and a dentist.

Leave the telephone in your pocket. It makes the queue longer. I cannot prove it, but Wren may wish to design the experiment.$md$
  )
) as sample (author, slug, created_at, edited_at, tag_list, title, description, body)
join users on users.username = sample.author
order by sample.created_at;

-- Comments

insert into comments (article_id, author_id, body, created_at, updated_at)
select
  articles.id,
  users.id,
  sample.body,
  sample.created_at,
  sample.created_at
from (values
  (
    'read-the-plan-before-you-add-the-index', 'priya', timestamptz '2026-01-05 12:31:00+00',
    $md$"Between us we added four indexes" – I feel seen. Did you ever take the other three out again?$md$
  ),
  (
    'read-the-plan-before-you-add-the-index', 'ines', timestamptz '2026-01-05 13:02:00+00',
    $md$All four, in fact, and then added a fifth on `lower(email)`. Net result: minus three. It is the only metric I have ever framed.$md$
  ),
  (
    'read-the-plan-before-you-add-the-index', 'kenji', timestamptz '2026-01-12 11:45:00+00',
    $md$"I write down which line I expect to change." This is good also for firmware. I write the expected voltage on paper before I touch the probe to the board.$md$
  ),
  (
    'what-four-in-the-morning-taught-me-about-batch-jobs', 'ines', timestamptz '2026-01-09 16:10:00+00',
    $md$"A bigger pile of dough in front of the same oven" is the best explanation of a connection pool set too large that I have read, and I have read many.$md$
  ),
  (
    'what-four-in-the-morning-taught-me-about-batch-jobs', 'tom', timestamptz '2026-01-10 08:20:00+00',
    $md$I understood about half of this but it made me want a loaf of rye. Is there a Tuesday one left?$md$
  ),
  (
    'what-four-in-the-morning-taught-me-about-batch-jobs', 'oskar', timestamptz '2026-01-10 12:15:00+00',
    $md$@tom No restore from backup, sorry. But come on Wednesday! 🍞$md$
  ),
  (
    'the-pager-is-a-promise', 'oskar', timestamptz '2026-01-15 05:40:00+00',
    $md$We had an alert in payroll that fired on the 25th of every month. It meant "salaries are being paid". Eleven years.$md$
  ),
  (
    'the-pager-is-a-promise', 'wren', timestamptz '2026-01-15 19:22:00+00',
    $md$You removed 42 detectors and it is quiet. It would also be quiet if you were now missing things. How do you tell the difference?$md$
  ),
  (
    'the-pager-is-a-promise', 'priya', timestamptz '2026-01-15 21:47:00+00',
    $md$@wren Fair, and the honest answer after three weeks is that we can't yet. We count the incidents which customers report before we notice. I'll write again when there are enough months to compare. Hold me to it.$md$
  ),
  (
    'january-is-for-sharpening', 'oskar', timestamptz '2026-01-19 14:03:00+00',
    $md$Same with the bread knife, except it's the lame for scoring, and I change the blade every second day. Costs one crown. I used to "save" that crown.$md$
  ),
  (
    'january-is-for-sharpening', 'hanna', timestamptz '2026-01-20 18:55:00+00',
    $md$Please more about Doreen.$md$
  ),
  (
    'an-onion-is-a-chemistry-lesson', 'tom', timestamptz '2026-01-26 09:12:00+00',
    $md$Forty-five minutes! My late wife did them in fifteen, and very good they were. You may have a weak stove.$md$
  ),
  (
    'an-onion-is-a-chemistry-lesson', 'wren', timestamptz '2026-01-26 18:40:00+00',
    $md$@tom Fifteen gives you golden and soft, and I like those too. Brown and sweet is another animal. I would not argue with anyone's late wife about which is better.$md$
  ),
  (
    'an-onion-is-a-chemistry-lesson', 'priya', timestamptz '2026-01-27 20:30:00+00',
    $md$Tested the bread thing with a five-year-old. Can confirm: it does nothing, and the bread is then eaten.$md$
  ),
  (
    'nachtzug-nach-narvik', 'oskar', timestamptz '2026-02-03 04:50:00+00',
    $md$Der Lehrer mit den Zimtschnecken! So löst man in Schweden alles. (My German is from school, forgive me.)$md$
  ),
  (
    'nachtzug-nach-narvik', 'hanna', timestamptz '2026-02-03 17:31:00+00',
    $md$@oskar Dein Deutsch ist tadellos, und die Zimtschnecken waren es auch. 💙$md$
  ),
  (
    'reading-with-a-pencil', 'tom', timestamptz '2026-02-09 10:05:00+00',
    $md$As a man who fined children for this I read the last paragraph but one and had to put the kettle on.$md$
  ),
  (
    'reading-with-a-pencil', 'ines', timestamptz '2026-02-10 08:44:00+00',
    $md$So your father built an index, and then hid it. I am going to steal the back-cover list.$md$
  ),
  (
    'your-first-telescope-should-be-binoculars', 'priya', timestamptz '2026-02-14 19:10:00+00',
    $md$We found the pair in the cupboard. We leaned on the wall. We saw three moons, and one child who would not come back in. Thank you, I think?$md$
  ),
  (
    'your-first-telescope-should-be-binoculars', 'kenji', timestamptz '2026-02-15 12:20:00+00',
    $md$@priya Three is right, sometimes one is behind Jupiter. Ask her to draw the dots. Tomorrow she can check.$md$
  ),
  (
    'pages-without-offset', 'kenji', timestamptz '2026-02-20 13:37:00+00',
    $md$I tried this in a small tool and each page repeated its last row. The time went through JavaScript. Is it the milliseconds?$md$
  ),
  (
    'pages-without-offset', 'ines', timestamptz '2026-02-21 09:11:00+00',
    $md$@kenji It is, and it deserves to be in the article. Added as the third trap; thank you.$md$
  ),
  (
    'pages-without-offset', 'oskar', timestamptz '2026-02-22 15:00:00+00',
    $md$Our auditor wanted page 731. Every year. But he also wanted it on paper.$md$
  ),
  (
    'explaining-my-job-to-a-five-year-old', 'ines', timestamptz '2026-02-27 08:05:00+00',
    $md$May I use the card in a talk? I will pay the royalties directly to the author.$md$
  ),
  (
    'explaining-my-job-to-a-five-year-old', 'priya', timestamptz '2026-02-27 20:12:00+00',
    $md$@ines She accepts custard creams and will consider chocolate digestives. 🍪$md$
  ),
  (
    'akai-tsuki-no-yoru', 'hanna', timestamptz '2026-03-04 19:26:00+00',
    $md$I read this with a dictionary and a translator and it took an hour. «Everybody's sunset». Worth it.$md$
  ),
  (
    'akai-tsuki-no-yoru', 'kenji', timestamptz '2026-03-05 11:02:00+00',
    $md$@hanna 読んでくれてありがとう。次はぜひ一緒に見ましょう。$md$
  ),
  (
    'in-praise-of-the-leek', 'wren', timestamptz '2026-03-10 18:18:00+00',
    $md$Agree on the hole. Disagree on the machine: blend half and stir it back. Same starch, less fork.$md$
  ),
  (
    'in-praise-of-the-leek', 'tom', timestamptz '2026-03-11 09:02:00+00',
    $md$@wren I said what I said.$md$
  ),
  (
    'salt-your-pasta-water-by-weight', 'kenji', timestamptz '2026-03-16 22:14:00+00',
    $md$I computed 0.17 degrees for ten grams per litre, not 0.5. Could you check? 0.512 × 2 × 0.171.$md$
  ),
  (
    'salt-your-pasta-water-by-weight', 'wren', timestamptz '2026-03-17 07:43:00+00',
    $md$@kenji You are right and I am embarrassed. Corrected, with a note. Everybody: *this* is what a comment section is for.$md$
  ),
  (
    'a-sourdough-schedule-for-people-with-jobs', 'priya', timestamptz '2026-03-29 08:45:00+00',
    $md$Did it. It rose. I cut it hot, I'm sorry, I have no self-control, and neither did anyone else in the kitchen.$md$
  ),
  (
    'a-sourdough-schedule-for-people-with-jobs', 'wren', timestamptz '2026-03-29 17:20:00+00',
    $md$The float test tells you that there is gas in the spoonful, not that the culture is strong. A stiff rye starter never floats and bakes perfectly well.$md$
  ),
  (
    'a-sourdough-schedule-for-people-with-jobs', 'oskar', timestamptz '2026-03-30 12:40:00+00',
    $md$@wren True for rye! For white flour and a beginner it is good enough, and a beginner needs a yes or a no. @priya I am not angry. I am a little bit angry. 😄$md$
  ),
  (
    'forty-kilometres-before-breakfast', 'yusuf', timestamptz '2026-03-31 18:09:00+00',
    $md$"I have learned not to negotiate with the first kilometre. It has no authority." A dot in the margin for this one.$md$
  ),
  (
    'fi-madih-al-oud', 'hanna', timestamptz '2026-04-07 16:48:00+00',
    $md$شكرًا جزيلًا! I had help with the reading, but the grandmother and the dishes I understood at once.$md$
  ),
  (
    'fi-madih-al-oud', 'yusuf', timestamptz '2026-04-07 19:30:00+00',
    $md$@hanna أهلًا وسهلًا. I will write it in English one day, but it will be a different piece. They always are.$md$
  ),
  (
    'write-the-runbook-for-the-person-who-is-tired', 'oskar', timestamptz '2026-04-13 04:22:00+00',
    $md$We have WAKE WHOM on the oven. It is me. I wrote "first check it is plugged in" above it.$md$
  ),
  (
    'write-the-runbook-for-the-person-who-is-tired', 'ines', timestamptz '2026-04-13 08:36:00+00',
    $md$One addition: put the date on which somebody last *followed* it, not the date of the last edit. A runbook untested since 2023 is a rumour.$md$
  ),
  (
    'constraints-are-documentation-that-cannot-lie', 'wren', timestamptz '2026-04-20 17:50:00+00',
    $md$"Cannot lie" is strong. A constraint can be wrong: ask anyone whose surname has one letter and met a form that wanted two.$md$
  ),
  (
    'constraints-are-documentation-that-cannot-lie', 'ines', timestamptz '2026-04-21 08:15:00+00',
    $md$@wren It can be wrong about the world. It cannot be wrong about the data. But yes: constrain what must be true, never what merely usually is. That deserved a paragraph.$md$
  ),
  (
    'interrupts-and-other-ways-to-lose-an-afternoon', 'ines', timestamptz '2026-04-28 08:55:00+00',
    $md$A torn read! We have the same ghost one floor up: two selects without a transaction around them, and the sum belongs to no moment that ever existed.$md$
  ),
  (
    'slugs-a-negotiated-peace', 'wren', timestamptz '2026-05-03 19:14:00+00',
    $md$Pleased to see the eggshells retired. If you want a weapon that survives testing: nematodes, watered in when the soil is above 5 °C.$md$
  ),
  (
    'slugs-a-negotiated-peace', 'tom', timestamptz '2026-05-04 08:31:00+00',
    $md$@wren I looked them up. It is a horror film. I'm a signatory to a treaty, and there are conventions.$md$
  ),
  (
    'how-to-sleep-on-a-night-train', 'kenji', timestamptz '2026-05-11 12:12:00+00',
    $md$In August the top berth was 31 degrees. I had a thermometer with me. I always have a thermometer with me.$md$
  ),
  (
    'how-to-sleep-on-a-night-train', 'yusuf', timestamptz '2026-05-11 18:37:00+00',
    $md$"Speak of it with respect, and bring a sandwich." An epitaph for several institutions.$md$
  ),
  (
    'the-price-of-a-cinnamon-bun', 'priya', timestamptz '2026-05-17 19:35:00+00',
    $md$More of these, please, from everyone. I would read the price of a haircut.$md$
  ),
  (
    'the-control-is-the-experiment', 'ines', timestamptz '2026-05-25 08:20:00+00',
    $md$Sending this to everyone who has ever told me that a restart "made it faster".$md$
  ),
  (
    'translating-a-joke', 'hanna', timestamptz '2026-06-02 17:44:00+00',
    $md$You can't stop there! What did the driver say about the mayor?$md$
  ),
  (
    'translating-a-joke', 'yusuf', timestamptz '2026-06-02 19:05:00+00',
    $md$@hanna If I told you, I would have to translate it. 🙂$md$
  ),
  (
    'bedtime-as-a-distributed-system', 'ines', timestamptz '2026-06-09 07:58:00+00',
    $md$"Advanced nodes will wet the toothbrush." This is a Byzantine fault, and I'm sorry to say that you need four children to tolerate one.$md$
  ),
  (
    'a-puncture-step-by-step', 'tom', timestamptz '2026-06-16 09:27:00+00',
    $md$Step 4 is the one. My father's version: "The nail has not gone home."$md$
  ),
  (
    'the-migration-that-took-eleven-seconds-too-long', 'priya', timestamptz '2026-06-23 20:16:00+00',
    $md$"How long it works, and how long it is prepared to wait" should be a field in our change form. Is now a field in our change form.$md$
  ),
  (
    'what-the-water-butt-knows', 'wren', timestamptz '2026-07-02 18:49:00+00',
    $md$Nine years, one observer, one instrument, written down at the time, and you changed your mind because of it. It *is* science, Tom.$md$
  ),
  (
    'practising-slowly', 'oskar', timestamptz '2026-07-21 12:33:00+00',
    $md$Shaping loaves is the same. I tell them slower, and by noon they are fast and don't know how it happened.$md$
  ),
  (
    'tomatoes-do-not-belong-in-the-fridge-mostly', 'tom', timestamptz '2026-08-02 20:01:00+00',
    $md$I have never in my life had a ripe tomato last until Thursday. The answer is to grow them, stand in the greenhouse, and eat them there with salt in your pocket.$md$
  ),
  (
    'tomatoes-do-not-belong-in-the-fridge-mostly', 'wren', timestamptz '2026-08-03 17:16:00+00',
    $md$@tom I cannot fault the method.$md$
  ),
  (
    'one-hundred-and-four-seconds', 'yusuf', timestamptz '2026-08-14 17:52:00+00',
    $md$As a translator I need to know the farmer's word. As a reader I am glad you kept it.$md$
  ),
  (
    'delete-the-alert', 'wren', timestamptz '2026-09-10 18:25:00+00',
    $md$You said you would come back with numbers and you came back with numbers. I withdraw my raised eyebrow. (Are the columns of the third row swapped, though?)$md$
  ),
  (
    'five-books-for-a-long-queue', 'wren', timestamptz '2026-10-09 17:30:00+00',
    $md$Twenty people, a coin, two identical ministries. I will start on the funding application while I wait for my own passport.$md$
  )
) as sample (slug, author, created_at, body)
join articles on articles.slug = sample.slug
join users on users.username = sample.author
order by sample.created_at;

-- Who follows whom

insert into follows (follower_id, followee_id, created_at)
select
  follower.id,
  followee.id,
  sample.created_at
from (values
  ('ines', 'kenji', timestamptz '2026-01-12 12:00:00+00'),
  ('ines', 'oskar', timestamptz '2026-01-09 16:12:00+00'),
  ('ines', 'priya', timestamptz '2026-01-14 22:10:00+00'),
  ('oskar', 'hanna', timestamptz '2026-02-03 04:52:00+00'),
  ('oskar', 'ines', timestamptz '2026-01-06 12:30:00+00'),
  ('oskar', 'priya', timestamptz '2026-01-15 05:42:00+00'),
  ('oskar', 'tom', timestamptz '2026-01-19 14:05:00+00'),
  ('priya', 'ines', timestamptz '2026-01-05 12:33:00+00'),
  ('priya', 'kenji', timestamptz '2026-02-14 19:12:00+00'),
  ('priya', 'oskar', timestamptz '2026-03-29 08:46:00+00'),
  ('priya', 'wren', timestamptz '2026-01-27 20:32:00+00'),
  ('tom', 'oskar', timestamptz '2026-01-10 08:25:00+00'),
  ('tom', 'wren', timestamptz '2026-01-26 09:15:00+00'),
  ('tom', 'yusuf', timestamptz '2026-02-09 10:10:00+00'),
  ('hanna', 'kenji', timestamptz '2026-03-04 19:28:00+00'),
  ('hanna', 'oskar', timestamptz '2026-02-03 17:33:00+00'),
  ('hanna', 'tom', timestamptz '2026-01-20 18:56:00+00'),
  ('hanna', 'yusuf', timestamptz '2026-04-07 16:50:00+00'),
  ('yusuf', 'hanna', timestamptz '2026-03-31 18:10:00+00'),
  ('yusuf', 'kenji', timestamptz '2026-08-14 17:54:00+00'),
  ('yusuf', 'tom', timestamptz '2026-05-05 18:20:00+00'),
  ('kenji', 'hanna', timestamptz '2026-05-11 12:14:00+00'),
  ('kenji', 'ines', timestamptz '2026-02-20 13:40:00+00'),
  ('kenji', 'wren', timestamptz '2026-03-16 22:16:00+00'),
  ('wren', 'kenji', timestamptz '2026-03-17 07:45:00+00'),
  ('wren', 'priya', timestamptz '2026-01-15 19:24:00+00')
) as sample (follower, followee, created_at)
join users as follower on follower.username = sample.follower
join users as followee on followee.username = sample.followee;

-- Favourite articles, marked a day after the article (or the reader) arrived

insert into favorites (user_id, article_id, created_at)
select
  users.id,
  articles.id,
  greatest(articles.created_at, users.created_at) + interval '1 day'
from (values
  ('read-the-plan-before-you-add-the-index', array['priya', 'kenji', 'oskar']),
  ('what-four-in-the-morning-taught-me-about-batch-jobs', array['ines', 'priya', 'tom', 'kenji', 'hanna']),
  ('the-pager-is-a-promise', array['ines', 'oskar', 'kenji']),
  ('january-is-for-sharpening', array['hanna', 'oskar', 'yusuf']),
  ('an-onion-is-a-chemistry-lesson', array['priya', 'oskar']),
  ('nachtzug-nach-narvik', array['oskar', 'yusuf']),
  ('reading-with-a-pencil', array['ines', 'tom', 'hanna', 'wren', 'priya']),
  ('your-first-telescope-should-be-binoculars', array['priya', 'tom', 'wren']),
  ('pages-without-offset', array['kenji', 'priya']),
  ('explaining-my-job-to-a-five-year-old', array['ines', 'oskar', 'hanna', 'yusuf', 'kenji', 'tom']),
  ('akai-tsuki-no-yoru', array['hanna', 'yusuf', 'wren']),
  ('in-praise-of-the-leek', array['oskar']),
  ('salt-your-pasta-water-by-weight', array['kenji', 'oskar']),
  ('a-sourdough-schedule-for-people-with-jobs', array['priya', 'tom', 'wren', 'hanna']),
  ('forty-kilometres-before-breakfast', array['yusuf', 'kenji']),
  ('fi-madih-al-oud', array['hanna', 'ines']),
  ('write-the-runbook-for-the-person-who-is-tired', array['ines', 'oskar', 'kenji', 'wren']),
  ('constraints-are-documentation-that-cannot-lie', array['priya', 'kenji']),
  ('interrupts-and-other-ways-to-lose-an-afternoon', array['ines', 'oskar']),
  ('slugs-a-negotiated-peace', array['wren', 'yusuf', 'hanna', 'oskar']),
  ('how-to-sleep-on-a-night-train', array['kenji', 'yusuf', 'tom']),
  ('the-price-of-a-cinnamon-bun', array['priya', 'hanna', 'tom', 'ines', 'yusuf']),
  ('the-control-is-the-experiment', array['ines', 'kenji', 'priya']),
  ('translating-a-joke', array['hanna', 'tom', 'ines']),
  ('bedtime-as-a-distributed-system', array['ines', 'oskar', 'wren', 'kenji']),
  ('a-puncture-step-by-step', array['tom']),
  ('the-migration-that-took-eleven-seconds-too-long', array['priya', 'oskar', 'kenji']),
  ('what-the-water-butt-knows', array['wren', 'hanna', 'kenji']),
  ('planning-for-totality', array['hanna']),
  ('practising-slowly', array['oskar', 'ines', 'hanna']),
  ('tomatoes-do-not-belong-in-the-fridge-mostly', array['tom', 'oskar']),
  ('one-hundred-and-four-seconds', array['yusuf', 'hanna', 'ines', 'priya', 'oskar', 'tom', 'wren']),
  ('hiring-someone-who-has-never-baked', array['priya', 'ines', 'tom']),
  ('delete-the-alert', array['wren', 'ines']),
  ('a-small-defence-of-boring-software', array['oskar', 'priya'])
) as sample (slug, readers)
join articles on articles.slug = sample.slug
join users on users.username = any (sample.readers);
