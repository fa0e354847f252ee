import { deepEqual, match, ok } from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { Checks } from './checks.ts';
import { launchChromium } from './chromium.ts';
import { docsPage } from './docs-page.ts';
import { journey } from './journey.ts';
import { livePage } from './live-page.ts';
import { outage } from './outage.ts';
import { Reader } from './reader.ts';
import { type Stage, setStage } from './stage.ts';

/** After that something hangs, and waiting longer helps nobody. */
const LIMIT_MS = 300_000;

/** Answers that the journey asks for: the browser writes each to the console as an error of its own. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (?:401|409|422|503)/;

/** Drives headless Chromium through a front end of another origin, against the real program on real servers. */
async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  }
  const limit = setTimeout(() => stop.abort(new Error(`not done after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  const tasks: (() => Promise<void> | void)[] = [];
  const checks = new Checks(stop.signal);
  const say = (sentence: string) => console.log(`# ${sentence}`);
  try {
    const stage = await setStage((task) => tasks.push(task), say);
    stop.signal.throwIfAborted();
    const browser = await launchChromium(say);
    tasks.push(() => browser.close());
    // Whatever waits for the browser then ends at once.
    stop.signal.addEventListener('abort', () => void browser.close());
    say(`Chromium ${browser.version()}; API ${stage.api}, front end ${stage.frontEnd}`);
    await drive(checks, browser, stage);
  } catch (error) {
    checks.fail('the whole journey', stop.signal.reason ?? error);
  } finally {
    clearTimeout(limit);
    for (const task of tasks.reverse()) await task();
  }
  return checks.finish();
}

async function drive(checks: Checks, browser: Browser, stage: Stage): Promise<void> {
  const [ada, grace] = await Promise.all([
    Reader.open(browser, stage.frontEnd, stage.api),
    Reader.open(browser, stage.frontEnd, stage.api),
  ]);
  await journey(checks, ada, grace);
  await ada.screenshot('journey');
  await outage(checks, ada, stage);

  await checks.check('the browser asked first (CORS preflights), for reading and for writing', () => {
    const methods = new Set(ada.observed.preflights.map((asked) => asked.split(' ')[0]));
    deepEqual([...methods].sort(), ['DELETE', 'GET', 'POST', 'PUT']);
  });
  await checks.check('its console has no CORS error, no exception and no refusal beyond those provoked', () => {
    const errors = [...ada.observed.errors, ...grace.observed.errors];
    ok(errors.length > 0, 'the provoked ones are there, so errors are seen');
    deepEqual(
      errors.filter((error) => !EXPECTED.test(error)),
      [],
    );
  });
  await checks.check('the same page at an origin that CORS_ORIGINS does not name is kept out', async () => {
    const stranger = await Reader.open(browser, stage.stranger, stage.api);
    match((await stranger.messages()).join(), /cannot be reached/);
    match(stranger.observed.errors.join(), /blocked by CORS policy/);
    await stranger.page.context().close();
  });
  await docsPage(checks, browser, stage);
  await livePage(checks, browser, stage);
}

process.exit(await main());
