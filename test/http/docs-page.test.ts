import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { get } from '../support/http.ts';
import { startSteadfast } from '../support/steadfast.ts';

const OTHER_HOST = /(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}/i;

/** What the HTML makes a browser load. */
function assetsOf(html: string): string[] {
  return [...html.matchAll(/<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)].map(([, url = '']) => url);
}

test('/docs works on a machine that is cut off from the world', async (t) => {
  const { origin } = await startSteadfast(t, await testEnvironment(t));

  for (const path of ['/docs', '/docs/']) {
    t.test(`${path} refers to nothing elsewhere, and what it refers to is here`, async (t) => {
      const page = await get(origin, path);
      t.equal(page.status, 200);
      t.match(page.headers.get('content-type'), /^text\/html/);
      t.notMatch(page.text, OTHER_HOST);
      const assets = assetsOf(page.text);
      t.ok(assets.length >= 5, assets.join(' '));
      for (const asset of assets) {
        const url = new URL(asset, `${origin}${path}`);
        t.equal(url.origin, origin, asset);
        const { status, text } = await get(origin, url.pathname);
        t.equal(status, 200, asset);
        t.ok(text.length > 100, asset);
      }
    });
  }

  t.test('its styles load nothing from elsewhere', async (t) => {
    const { text } = await get(origin, '/docs');
    for (const style of assetsOf(text).filter((asset) => asset.endsWith('.css'))) {
      const css = (await get(origin, style)).text;
      t.notMatch(css, /@import/);
      for (const [, url = ''] of css.matchAll(/url\(\s*["']?([^"')]{1,40})/g)) t.match(url, /^data:/, style);
    }
  });

  t.test('the page asks its own origin for the description', async (t) => {
    const { text } = await get(origin, '/docs/static/swagger-initializer.js');
    t.match(text, "url: resolveUrl('./json')");
    t.match(text, 'validatorUrl: null');
    t.equal((await get(origin, '/docs/json')).status, 200);
  });

  t.test('and the browser is told to load from nowhere else, also over plain HTTP', async (t) => {
    for (const path of ['/docs', '/docs/static/index.css', '/docs/json']) {
      const policy = (await get(origin, path)).headers.get('content-security-policy') ?? '';
      t.match(policy, /default-src 'self'/, path);
      const sources = policy.split(';').flatMap((directive) => directive.trim().split(/\s+/).slice(1));
      t.same([...new Set(sources)].toSorted(), ["'none'", "'self'", 'data:'], path);
      t.notMatch(policy, 'upgrade-insecure-requests');
    }
  });
});
