import { deepEqual, equal, match } from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Checks } from './checks.ts';
import { ADA } from './journey.ts';
import { Reader } from './reader.ts';
import type { Stage } from './stage.ts';

/**
 * What the browser may complain about: the 401 that is provoked, and one <style>, known by its digest, in the first
 * picture that Swagger UI draws in its top bar. @fastify/swagger-ui puts another in its place at once, so nothing is
 * lost by the policy that refuses it.
 */
const EXPECTED = /status of 401|inline style violates .*sha256-RL3ie0nH\+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w=/;

/** Somebody tries the API at /docs, with a token. */
export async function docsPage(checks: Checks, browser: Browser, { api }: Stage): Promise<void> {
  const visitor = await Reader.openBlank(browser);
  const { page } = visitor;
  const operation = page.locator('.opblock', { has: page.locator('[data-path="/api/user"]') });
  const getUser = operation.and(page.locator('.opblock-get'));
  const answered = getUser.locator('.live-responses-table tbody .response-col_status');

  const tryIt = async () => {
    await getUser.locator('.execute').click();
    return (await answered.first().innerText()).trim();
  };

  await checks.check('/docs shows every group of routes', async () => {
    await page.goto(`${api}/docs`);
    await page.locator('.opblock-tag').first().waitFor();
    const groups = await page.locator('.opblock-tag').evaluateAll((tags) => tags.map((tag) => tag.dataset.tag));
    for (const group of ['users', 'articles', 'comments', 'profiles', 'tags']) {
      equal(groups.includes(group), true, group);
    }
  });
  await checks.check('GET /api/user is tried there without a token: 401', async () => {
    await getUser.locator('.opblock-summary-control').click();
    await getUser.locator('.try-out__btn').click();
    match(await tryIt(), /^401/);
  });
  await checks.check('authorised with a token, it answers 200 with the account', async () => {
    const { token } = await logIn(api);
    await page.locator('.auth-wrapper .authorize').first().click();
    await page.locator('.modal-ux input').first().fill(token);
    await page.locator('.modal-ux .authorize[type="submit"]').first().click();
    await page.locator('.modal-ux .btn-done').first().click();
    await getUser.locator('.btn-clear').click();
    match(await tryIt(), /^200/);
    match(await getUser.locator('.live-responses-table .highlight-code').first().innerText(), /ada-browses/);
  });
  await visitor.screenshot('docs');
  await checks.check('its console has no other error than that 401', () => {
    deepEqual(
      visitor.observed.errors.filter((error) => !EXPECTED.test(error)),
      [],
    );
  });
  await page.context().close();
}

async function logIn(api: string): Promise<{ token: string }> {
  const answer = await fetch(`${api}/api/users/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: { email: ADA.email, password: ADA.password } }),
  });
  const { user } = (await answer.json()) as { user: { token: string } };
  return user;
}
