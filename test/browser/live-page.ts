import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { eventually, freePort, runShell } from '../../src/throwaway/shell.ts';
import type { Checks } from './checks.ts';
import { Reader } from './reader.ts';
import type { Stage } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TELEPHONE = { width: 360, height: 780 };
const SCREEN = { width: 1280, height: 900 };
const NOTICED_MS = 15_000;
/** Somebody reads it from paper. */
const TYPED_MS = 2500;
const TOKEN = 'for-those-on-call-and-long-enough';

/** Somebody on call has the live page open while things break and come back. */
export async function livePage(checks: Checks, browser: Browser, stage: Stage): Promise<void> {
  const watcher = await Reader.openBlank(browser);
  const stopReading = keepReading(stage.api);
  try {
    await inHealth(checks, watcher, stage);
    await forEveryone(checks, watcher);
    await inOutages(checks, watcher, stage);
    await checks.check('its console has no error: nothing was blocked, nothing was thrown', () => {
      deepEqual(watcher.observed.errors, []);
    });
    await throughRestart(checks, watcher, stage);
    await withToken(checks, watcher, stage);
  } finally {
    await stopReading();
    await watcher.page.context().close();
  }
}

async function inHealth(checks: Checks, watcher: Reader, { api }: Stage): Promise<void> {
  const { page } = watcher;
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));

  await checks.check('the live page at / says that all is well, and which parts were looked at', async () => {
    await page.setViewportSize(SCREEN);
    await page.goto(`${api}/`);
    await says(watcher, 'All is well');
    deepEqual(await watcher.texts('#checks li'), ['✓ PostgreSQL', '✓ Schema', '✓ Data', '✓ Backup', '✓ Redis']);
    match(await page.title(), /^✓ All is well · Steadfast$/);
  });
  await checks.check('it comes from one origin, and no policy has to be loosened for it', async () => {
    deepEqual([...origins], [api]);
    const policy = (await fetch(`${api}/`)).headers.get('content-security-policy') ?? '';
    match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    ok(!/unsafe|https?:|\*/.test(policy), policy);
  });
  await checks.check('its figures have units and move by themselves', async () => {
    match(await watcher.text('#affected'), /^Last minute: [\d.]+ % of [\d,]+ requests served/);
    match(await watcher.text('#cache dl'), /In memory [\d.]+ % found of [\d,]+ look-ups\/min/);
    match(await watcher.text('#database dl'), /took [\d.]+ ms/);
    const before = await watcher.text('#contact');
    await eventually(async () => notEqual(await watcher.text('#contact'), before), NOTICED_MS);
  });
  await checks.check('both charts are drawn, from before it was opened on', async () => {
    for (const id of ['requests-chart', 'latency-chart']) ok((await colouredPixels(watcher, id)) > 300, id);
  });
}

async function forEveryone(checks: Checks, watcher: Reader): Promise<void> {
  const { page } = watcher;
  await checks.check('axe finds nothing wrong with it', async () => deepEqual(await barriers(watcher), []));
  await watcher.screenshot('live-healthy');
  await checks.check('nor in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    deepEqual(await barriers(watcher), []);
  });
  await watcher.screenshot('live-dark');
  await checks.check('nor on a telephone, where nothing has to be scrolled sideways', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(TELEPHONE);
    deepEqual(await barriers(watcher), []);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    ok(width <= TELEPHONE.width, `${width} px`);
  });
  await watcher.screenshot('live-narrow');
  await page.setViewportSize(SCREEN);
  await checks.check('by keyboard the charts say what was at each second, and the page can be held', async () => {
    await watcher.find('#requests-chart .plot').focus();
    await page.keyboard.press('ArrowLeft');
    match(await labelOf(watcher, '#requests-chart .plot'), /^\d\d:\d\d:\d\d: answered \d+, stale/);
    match(await labelOf(watcher, '#latency-chart .plot'), /^\d\d:\d\d:\d\d: p50 /);
    await page.keyboard.press('Escape');
    match(await labelOf(watcher, '#requests-chart .plot'), /^Now: answered/);
    await watcher.find('#pause').focus();
    await page.keyboard.press('Enter');
    match(await watcher.text('#contact'), /^live, figures paused at \d\d:\d\d:\d\d$/);
    await page.keyboard.press('Enter');
    match(await watcher.text('#contact'), /^live/);
  });
}

async function inOutages(checks: Checks, watcher: Reader, { servers, untilReady }: Stage): Promise<void> {
  await checks.check('PostgreSQL is killed: it says so, since when, who is affected and what to do', async () => {
    await runShell(servers.postgres.commands.kill);
    await says(watcher, 'Degraded: PostgreSQL');
    match(await watcher.text('#findings'), /since \d\d:\d\d:\d\d: it cannot be reached\. Start it/);
    equal(await watcher.text('#breaker [aria-current]'), 'open');
    match(await watcher.text('#database dl'), /Next probe (in|now|within)/);
    await shows(watcher, '#affected', /[1-9]\d* of them stale from the cache/);
    match(await watcher.text('#events'), /The circuit breaker opened/);
  });
  await checks.check('axe finds nothing wrong with that, in the light and in the dark', async () => {
    deepEqual(await barriers(watcher), []);
    await watcher.page.emulateMedia({ colorScheme: 'dark' });
    deepEqual(await barriers(watcher), []);
    await watcher.page.emulateMedia({ colorScheme: 'light' });
  });
  await watcher.screenshot('live-postgres-killed');
  await checks.check('PostgreSQL is back: all is well, and what happened is still told', async () => {
    await servers.postgres.start();
    await says(watcher, 'All is well');
    equal(await watcher.text('#breaker [aria-current]'), 'closed');
    match(await watcher.text('#events'), /The circuit breaker closed/);
  });
  await watcher.screenshot('live-recovered');
  await checks.check('Redis is killed: it says so', async () => {
    await runShell(servers.redis.commands.kill);
    await says(watcher, 'Degraded: Redis');
    match(await watcher.text('#findings'), /Redis cannot be used since \d\d:\d\d:\d\d/);
    equal(await watcher.text('#cache .badge'), '✗ Redis is away');
  });
  await watcher.screenshot('live-redis-killed');
  await servers.redis.start();
  await untilReady();
  await says(watcher, 'All is well');
}

async function throughRestart(checks: Checks, watcher: Reader, { signal, stop, start }: Stage): Promise<void> {
  const { page } = watcher;
  await checks.check(
    'the server hangs: silence is noticed, and so is its end, and the title says so where nobody looks',
    async () => {
      await lookAway(watcher, true);
      signal('SIGSTOP');
      await titleSays(watcher, '✗ No word from the server').finally(() => signal('SIGCONT'));
      match(await watcher.text('#overall-since'), /It does not answer/);
      await titleSays(watcher, '✓ All is well');
      await lookAway(watcher, false);
    },
  );
  await checks.check(
    'the server itself ends: it says that it heard nothing since, and that it tries again, figures paused or not',
    async () => {
      await watcher.find('#pause').focus();
      await page.keyboard.press('Enter');
      await stop();
      await says(watcher, 'No word from the server');
      match(await page.title(), /^✗ No word from the server/);
      match(await watcher.text('#contact'), /^not connected, figures paused at/);
      await page.keyboard.press('Enter');
      match(
        await watcher.text('#overall-since'),
        /^Since \d\d:\d\d:\d\d \(.+\)\. It said that it is ending, as for a restart\. .*Trying again/,
      );
      match(await watcher.text('#affected'), /^What it said last: all is well/);
      match(await watcher.text('#contact'), /^not connected, last word/);
      deepEqual(await barriers(watcher), []);
    },
  );
  await watcher.screenshot('live-restarting');
  await checks.check('and it finds the new one by itself, and remembers what was before', async () => {
    await start();
    await says(watcher, 'All is well');
    const events = await watcher.text('#events');
    match(events, /This page heard nothing from the server for \d+ s/);
    match(events, /The circuit breaker closed/);
  });
}

async function withToken(checks: Checks, watcher: Reader, { api, stop, start }: Stage): Promise<void> {
  const { page } = watcher;
  const give = async (token: string) => {
    await watcher.find('#token').fill(token);
    await page.keyboard.press('Enter');
  };
  await checks.check(
    'where monitoring is protected, the page asks for the token and shows nothing without',
    async () => {
      await stop();
      await start({ MONITORING_TOKEN: TOKEN });
      await page.goto(`${api}/status`);
      await watcher.find('#token').waitFor();
      ok(!(await watcher.find('#dashboard').isVisible()));
      await give('not the token');
      await shows(watcher, '#token-words', /That is not the token/);
      deepEqual(await barriers(watcher), []);
    },
  );
  await watcher.screenshot('live-token');
  await checks.check('typed in its place, however slowly, it shows everything, after a reload too', async () => {
    await watcher.find('#token').pressSequentially(TOKEN, { delay: TYPED_MS / TOKEN.length });
    equal(await watcher.find('#token').inputValue(), TOKEN);
    await page.keyboard.press('Enter');
    await says(watcher, 'All is well');
    ok(!(await watcher.find('#token').isVisible()));
    await page.reload();
    await says(watcher, 'All is well');
  });
  await checks.check('where monitoring has a port of its own, the page says so, and is at that port', async () => {
    const port = await freePort();
    await stop();
    await start({ MONITORING_PORT: String(port) });
    await page.goto(`${api}/`);
    await says(watcher, 'Monitoring is not served here');
    await page.goto(`http://127.0.0.1:${port}/`);
    await says(watcher, 'All is well');
  });
}

/** Readers and writers go on all the while, so that there is something to see. Returns what ends it. */
function keepReading(api: string): () => Promise<void> {
  const stop = new AbortController();
  const paths = ['articles', 'articles?limit=5', 'tags', 'articles/nowhere'];
  const reading = (async () => {
    for (let turn = 0; !stop.signal.aborted; turn += 1) {
      const path = turn % 10 === 9 ? `articles?offset=${turn}` : paths[turn % paths.length];
      await fetch(`${api}/api/${path}`)
        .then((answer) => answer.arrayBuffer())
        .catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return () => {
    stop.abort();
    return reading;
  };
}

function says(watcher: Reader, words: string): Promise<void> {
  return shows(watcher, '#overall-text', new RegExp(`^${words}$`));
}

async function titleSays({ page }: Reader, words: string): Promise<void> {
  await eventually(async () => ok((await page.title()).startsWith(`${words} ·`), await page.title()), NOTICED_MS);
}

/** As if another tab were in front: a headless browser hides none by itself. */
async function lookAway({ page }: Reader, isAway: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${isAway} });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

async function shows(watcher: Reader, selector: string, words: RegExp): Promise<void> {
  await watcher.page.locator(selector).filter({ hasText: words }).waitFor({ timeout: NOTICED_MS });
}

async function labelOf(watcher: Reader, selector: string): Promise<string> {
  return (await watcher.find(selector).getAttribute('aria-label')) ?? '';
}

/** Pixels of a chart that are neither clear nor grey. */
function colouredPixels({ page }: Reader, id: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('#${id} .plot canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let at = 0; at < data.length; at += 4) {
      const colours = data.slice(at, at + 3);
      if (Math.max(...colours) - Math.min(...colours) > 40) coloured += 1;
    }
    return coloured;
  })()`);
}

/** What axe finds, each with where. It is put in by the debugger: no policy of the page is loosened for it. */
async function barriers({ page }: Reader): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  );
}
