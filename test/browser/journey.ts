import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Checks } from './checks.ts';
import type { Reader } from './reader.ts';

export const ADA = { username: 'ada-browses', email: 'ada@browser.example', password: 'a password for ada' };
export const GRACE = {
  username: 'grace-browses',
  email: 'grace@browser.example',
  password: 'a password for grace',
};

const LETTER = 'Letters from the engine room';
const FIRST = 'What a browser sees';
export const SECOND = 'What a browser saw';
const COMMENT = 'I could not agree more. <b>Really</b> — 日本語 🚂';

const logIn = ({ email, password }: typeof ADA) => ({ email, password });

/** Two people register, write, like, follow and comment; one leaves and comes back. */
export async function journey(checks: Checks, ada: Reader, grace: Reader): Promise<void> {
  const check = checks.check.bind(checks);

  await check('a guest sees the sample blog, and forms to register and log in', async () => {
    match(await ada.text('#count'), /^[1-9]\d* articles$/);
    ok(await ada.find('#register').isVisible());
    ok(!(await ada.find('#publish').isVisible()));
  });
  await check('Grace registers and publishes', async () => {
    await grace.submit('#register', GRACE);
    equal(await grace.text('#who'), GRACE.username);
    await grace.submit('#publish', {
      title: LETTER,
      description: 'Six of them',
      body: 'Dear all,',
      tags: 'letters',
    });
    equal(await grace.text('#article .title'), LETTER);
  });
  await check('Ada registers and is logged in', async () => {
    await ada.submit('#register', ADA);
    equal(await ada.text('#who'), ADA.username);
    ok(await ada.find('#publish').isVisible());
    deepEqual(await ada.messages(), []);
  });
  await check('she publishes an article, and its tags keep their order', async () => {
    const article = {
      title: FIRST,
      description: 'In a word',
      body: 'It sees everything.',
      tags: 'web cors browsers',
    };
    await ada.submit('#publish', article);
    equal(await ada.text('#article .title'), FIRST);
    equal(await ada.text('#article .body'), article.body);
    deepEqual(await ada.texts('#article .tag-list li'), ['web', 'cors', 'browsers']);
  });
  await check('the list shows it first at once, and the tags are among all tags', async () => {
    equal(await ada.find('#articles li').first().getAttribute('data-slug'), 'what-a-browser-sees');
    const tags = await ada.texts('#tags li');
    for (const tag of ['web', 'cors', 'browsers', 'letters']) ok(tags.includes(tag), tag);
  });
  await check('she comments, and the comment is shown as the text it is', async () => {
    await ada.openArticle(LETTER);
    await ada.submit('#comment', { body: COMMENT });
    deepEqual(await ada.texts('#comments .body'), [COMMENT]);
  });
  await check('she favorites it: the count is one, here and in the list', async () => {
    await ada.click('#article .favorite');
    ok(await ada.isPressed('#article .favorite'));
    equal(await ada.text('#article .favorite'), '♥ 1');
    ok(await ada.isPressed(`#articles li:has-text("${LETTER}") .favorite`));
  });
  await check('she follows its author', async () => {
    await ada.click('#article .follow');
    equal(await ada.text('#article .follow'), `Unfollow ${GRACE.username}`);
    match(await ada.text(`#articles li:has-text("${LETTER}") .author`), /whom you follow$/);
  });
  await check('her feed has what Grace wrote and nothing else', async () => {
    await ada.click('#show-feed');
    equal(await ada.text('#list-title'), 'Your feed');
    equal(await ada.text('#count'), '1 articles');
    deepEqual(await ada.texts('#articles a.title'), [LETTER]);
    await ada.click('#show-all');
  });
  await check('Grace sees the count and the comment, but no mark of her own', async () => {
    await grace.openArticle(LETTER);
    equal(await grace.text('#article .favorite'), '♥ 1');
    ok(!(await grace.isPressed('#article .favorite')));
    deepEqual(await grace.texts('#comments .body'), [COMMENT]);
    equal(await grace.find('#comments button').count(), 0, 'the comment is not hers to delete');
  });
  await check('Ada edits her article: a new title, a new slug, the same tags', async () => {
    await ada.openArticle(FIRST);
    await ada.click('#article .edit');
    await ada.submit('#edit', { title: SECOND, body: 'It saw everything.' });
    equal(await ada.find('#article').getAttribute('data-slug'), 'what-a-browser-saw');
    equal(await ada.text('#article .body'), 'It saw everything.');
    deepEqual(await ada.texts('#article .tag-list li'), ['web', 'cors', 'browsers']);
  });
  await check('after a reload she is still logged in', async () => {
    await ada.page.reload();
    await ada.settled();
    equal(await ada.text('#who'), ADA.username);
  });
  await check('she logs out: the forms are back and her marks are gone', async () => {
    await ada.click('#log-out');
    equal(await ada.text('#who'), 'not logged in');
    equal(await ada.find('#articles [aria-pressed="true"]').count(), 0);
    equal(await ada.find('#articles .author', { hasText: 'whom you follow' }).count(), 0);
  });
  await refusals(checks, ada);
  await check('she logs in again, and everything is still there', async () => {
    await ada.submit('#login', logIn(ADA));
    equal(await ada.text('#who'), ADA.username);
    await ada.openArticle(LETTER);
    ok(await ada.isPressed('#article .favorite'));
    equal(await ada.text('#article .follow'), `Unfollow ${GRACE.username}`);
    deepEqual(await ada.texts('#comments .body'), [COMMENT]);
    equal(await ada.find('#articles a.title', { hasText: SECOND }).count(), 1);
  });
  await check('she takes her comment and her like back', async () => {
    await ada.click('#comments button');
    equal(await ada.find('#comments li').count(), 0);
    await ada.click('#article .favorite');
    equal(await ada.text('#article .favorite'), '♥ 0');
    ok(!(await ada.isPressed('#article .favorite')));
  });
}

async function refusals(checks: Checks, ada: Reader): Promise<void> {
  const fresh = { username: 'somebody-else', email: 'else@browser.example', password: 'a password for else' };
  await checks.check('a taken name is refused in words, whatever its case', async () => {
    await ada.submit('#register', { ...fresh, username: ADA.username.toUpperCase() });
    deepEqual(await ada.messages(), ['username has already been taken']);
  });
  await checks.check('a short password is refused, and what was typed is still there', async () => {
    await ada.submit('#register', { ...fresh, password: 'short' });
    match((await ada.messages()).join(), /^password /);
    equal(await ada.find('#register [name="username"]').inputValue(), fresh.username);
  });
  await checks.check('a wrong password is refused, and says no more than that', async () => {
    await ada.submit('#login', { email: ADA.email, password: 'not her password' });
    deepEqual(await ada.messages(), ['credentials invalid']);
    await ada.submit('#login', { email: 'nobody@browser.example', password: 'not her password' });
    deepEqual(await ada.messages(), ['credentials invalid']);
    equal(await ada.text('#who'), 'not logged in');
  });
}
