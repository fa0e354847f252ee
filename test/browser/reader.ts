import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';

/** Generous: the machine may have other things to do. */
const WAIT_MS = 15_000;

export type Fields = Readonly<Record<string, string>>;

/** What the browser itself had to say while a page was open. */
export type Observed = {
  /** Errors on the console, each with where it happened. */
  readonly errors: string[];
  /** CORS preflights the browser sent: method asked for, and path. */
  readonly preflights: string[];
};

/** Somebody in front of a browser of their own. */
export class Reader {
  readonly page: Page;
  readonly observed: Observed;

  private constructor(page: Page, observed: Observed) {
    this.page = page;
    this.observed = observed;
  }

  /** Opens the front end at `frontEnd`, which calls the API at `api`; other storage and cookies than other readers'. */
  static async open(browser: Browser, frontEnd: string, api: string): Promise<Reader> {
    const reader = await Reader.openBlank(browser);
    await reader.page.goto(`${frontEnd}/?api=${encodeURIComponent(api)}`);
    await reader.settled();
    return reader;
  }

  /** Opens an empty page and begins to listen to what the browser says. */
  static async openBlank(browser: Browser): Promise<Reader> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    const observed: Observed = { errors: [], preflights: [] };
    page.on('console', (message) => {
      if (message.type() === 'error') observed.errors.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => observed.errors.push(`uncaught: ${error.message}`));
    const devTools = await context.newCDPSession(page);
    devTools.on('Network.requestWillBeSent', ({ request, initiator }) => {
      if (initiator.type !== 'preflight') return;
      const asked = new Headers(request.headers).get('access-control-request-method') ?? '';
      observed.preflights.push(`${asked} ${new URL(request.url).pathname}`);
    });
    await devTools.send('Network.enable');
    return new Reader(page, observed);
  }

  /** Resolves when the page has finished what it was asked for. */
  async settled(): Promise<void> {
    await this.page.locator('body:not([aria-busy]).guest, body:not([aria-busy]).member').waitFor();
  }

  find(selector: string, options: { hasText?: string } = {}): Locator {
    return this.page.locator(selector, options);
  }

  async click(selector: string): Promise<void> {
    await this.find(selector).click();
    await this.settled();
  }

  /** Fills the form in, field by field, and presses its button. */
  async submit(form: string, fields: Fields): Promise<void> {
    for (const [name, value] of Object.entries(fields)) await this.find(`${form} [name="${name}"]`).fill(value);
    await this.click(`${form} button[type="submit"]`);
  }

  /** Opens an article from the list by its title. */
  async openArticle(title: string): Promise<void> {
    await this.find('#articles a.title').getByText(title, { exact: true }).first().click();
    await this.settled();
  }

  /** What a person reads there, with single blanks. */
  async text(selector: string): Promise<string> {
    return (await this.find(selector).innerText()).replace(/\s+/g, ' ').trim();
  }

  texts(selector: string): Promise<string[]> {
    return this.find(selector).allInnerTexts();
  }

  async isPressed(selector: string): Promise<boolean> {
    return (await this.find(selector).getAttribute('aria-pressed')) === 'true';
  }

  /** Keeps a picture of the page in the folder that SCREENSHOTS names, where it does. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** The error messages that are shown. */
  messages(): Promise<string[]> {
    return this.texts('#messages li');
  }
}
