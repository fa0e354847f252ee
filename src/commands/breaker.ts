import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Config } from '../config/config.ts';
import { type Hold, readHold } from '../database/hold.ts';
import { messageOf } from '../safety/error-message.ts';
import { type Command, UsageError } from './command.ts';

const HELP = `npm run breaker -- open|closed [--for 30m] [--reason "..."]
  Holds the circuit breaker by hand. Open: PostgreSQL is not asked, the cache and the replicas answer, for maintenance.
  Closed: it will not open, whatever happens. --for ends the hold by itself (s, m or h).

npm run breaker -- auto
  Releases it: from then on it opens and closes by what the server sees.

npm run breaker
  Says how it is.

The server and this command must share the file of BREAKER_HOLD_FILE.`;

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const NOTICED_LIMIT_MS = 3000;

/** Takes hold of the circuit breaker, or lets it go, and says what the running server made of it. */
export const breaker: Command = {
  help: HELP,
  options: { for: { type: 'string' }, reason: { type: 'string' } },
  wordsAtMost: 1,
  async run(config, options, [word]) {
    const file = resolve(config.database.holdFile);
    const forHolds = ['for', 'reason'].find((option) => options[option] !== undefined);
    if (forHolds !== undefined && (word === undefined || word === 'auto')) {
      throw new UsageError(`--${forHolds} goes with open or closed.`);
    }
    if (word === undefined) return report(config, file, () => true);
    if (word === 'auto') {
      await rm(file, { force: true });
      console.log(`Released: ${file} is gone.`);
      return report(config, file, (seen) => seen.held === null);
    }
    if (word !== 'open' && word !== 'closed') throw new UsageError(`The breaker cannot be held "${word}".`);
    const hold = newHold(word, options.for, options.reason);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(hold), { mode: 0o644 });
    await rename(`${file}.new`, file);
    console.log(`Held ${word}${hold.until === null ? '' : ` until ${hold.until}`}, by ${file}.`);
    return report(config, file, (seen) => seen.held?.since === hold.since);
  },
};

/** @throws {UsageError} when `duration` or `reason` cannot be understood */
function newHold(state: Hold['state'], duration: unknown, reason: unknown): Hold {
  const now = Date.now();
  const found = duration === undefined ? undefined : /^([1-9]\d{0,4})([smh])$/.exec(String(duration));
  if (found === null) throw new UsageError(`--for takes a number with s, m or h, such as 30m, not "${duration}".`);
  const ms = found === undefined ? undefined : Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
  return {
    state,
    since: new Date(now).toISOString(),
    until: ms === undefined ? null : new Date(now + ms).toISOString(),
    reason: String(reason ?? '').slice(0, 200),
  };
}

const seenSchema = Type.Object({
  breaker: Type.Object({
    state: Type.String(),
    since: Type.String(),
    held: Type.Union([
      Type.Object({
        since: Type.String(),
        until: Type.Union([Type.String(), Type.Null()]),
        reason: Type.String(),
      }),
      Type.Null(),
    ]),
  }),
});

type Seen = Static<typeof seenSchema>['breaker'];

/** Asks the server of this configuration until it has noticed. Exit code 1 when it has not. */
async function report({ host, port }: Config, file: string, noticed: (seen: Seen) => boolean): Promise<number> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/health/database`;
  const deadline = Date.now() + NOTICED_LIMIT_MS;
  for (;;) {
    const seen = await ask(url);
    if (seen === undefined) {
      console.log(`No server answers at ${url}. ${await expectation(file)}`);
      return 0;
    }
    if (noticed(seen)) {
      const by = seen.held === null ? '' : `, ${byHand(seen.held)}`;
      console.log(`The breaker of ${url} is ${seen.state} since ${seen.since}${by}.`);
      return 0;
    }
    if (Date.now() > deadline) {
      console.error(`The server at ${url} did not notice. Does it run with the same BREAKER_HOLD_FILE and folder?`);
      return 1;
    }
    await sleep(100);
  }
}

/** What a server would make of the file. */
async function expectation(file: string): Promise<string> {
  try {
    const hold = await readHold(file);
    if (hold === undefined) return `When one starts, nothing holds its breaker: there is no hold in ${file}.`;
    return (
      `When one starts with ${file}, its breaker is ${hold.state}, ${byHand(hold)}. ` +
      'To release it: npm run breaker -- auto'
    );
  } catch (error) {
    return `${file} cannot be read (${messageOf(error)}), and holds nothing. To remove it: npm run breaker -- auto`;
  }
}

function byHand({ since, until, reason }: Pick<Hold, 'since' | 'until' | 'reason'>): string {
  return `held by hand${reason === '' ? '' : ` (${reason})`} since ${since}${until === null ? '' : ` until ${until}`}`;
}

async function ask(url: string): Promise<Seen | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const body: unknown = await response.json();
    return Value.Check(seenSchema, body) ? body.breaker : undefined;
  } catch {
    return undefined;
  }
}
