import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Lookups } from '../../cache/lookups.ts';
import type { TrackedError } from '../errors/error-tracker.ts';
import type { HealthSources } from '../health.ts';
import { changesBetween } from './changes.ts';
import { EventLog } from './event-log.ts';
import { Listeners } from './listeners.ts';
import { ProcessUsage } from './process-usage.ts';
import { type Sections, sectionsOf } from './sections.ts';
import { TierHits } from './tier-hits.ts';
import { Traffic } from './traffic.ts';

export type LiveFeedOptions = {
  readonly sources: () => HealthSources;
  /** Those of this process. */
  readonly lookups: () => Lookups;
  /** The one that was seen last first. */
  readonly errors: () => readonly TrackedError[];
  readonly databaseName: string;
  readonly build: { readonly version: string; readonly revision: string };
  /** How many processes the server has. The state of the whole is shown, and the traffic of this one. */
  readonly workers: number;
  /** True from the end of the start-up checks until draining begins. */
  readonly acceptingTraffic: () => boolean;
  /** True from the moment the process was asked to end. */
  readonly draining: () => boolean;
};

const LISTENERS_MAX = 250;
const SHOWN_ERRORS = 20;
const SECOND_MS = 1000;

/**
 * What the live page shows. Once a second everything is looked at, asking nobody; what changed since the second before is
 * turned into text once, however many listen, and not at all while nobody does.
 */
export class LiveFeed {
  readonly traffic = new Traffic();
  readonly events = new EventLog();
  readonly #tierHits = new TierHits();
  readonly #options: LiveFeedOptions;
  readonly #listeners = new Listeners(LISTENERS_MAX);
  readonly #usage = new ProcessUsage();
  readonly #process = {
    id: randomUUID(),
    startedAt: new Date(Date.now() - process.uptime() * 1000),
    node: process.version,
  };
  #sections: Sections | undefined;
  #healthSince = new Date();
  #accepting = false;
  /** Section by section, as JSON, what listeners were told last; empty while there are none. */
  #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.events.add('neutral', `Steadfast ${this.#options.build.version} started.`);
    this.#look();
    this.#planNext();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.end(frame('ending', {}));
  }

  get isFull(): boolean {
    return this.#listeners.isFull;
  }

  /** A stream of server-sent events: everything there is, and then once a second what changed. */
  listen(drop: () => void): Readable {
    if (this.#listeners.count === 0) this.#told = this.#asText(this.#look());
    const state = `{${[...this.#told].map(([name, text]) => `"${name}":${text}`).join()}}`;
    const seconds = JSON.stringify(this.traffic.seconds);
    return this.#listeners.add(`event: everything\ndata: {"state":${state},"seconds":${seconds}}\n\n`, drop);
  }

  #planNext(): void {
    // On the whole second, so that the seconds of all charts begin together and none is left out.
    const untilNext = SECOND_MS - (Date.now() % SECOND_MS);
    this.#timer = setTimeout(() => {
      this.#endSecond();
      if (this.#timer !== undefined) this.#planNext();
    }, untilNext).unref();
  }

  #endSecond(): void {
    this.#tierHits.endSecond(this.#options.lookups());
    const sections = this.#look();
    const second = this.traffic.endSecond(Date.now(), sections.database.breaker.state);
    if (this.#options.draining()) this.#listeners.end(frame('ending', {}));
    if (this.#listeners.count === 0) return;
    const now = this.#asText(sections);
    const changed = [...now].filter(([name, text]) => this.#told.get(name) !== text);
    this.#told = now;
    const state = changed.map(([name, text]) => `"${name}":${text}`).join();
    this.#listeners.send(`event: second\ndata: {"state":{${state}},"second":${JSON.stringify(second)}}\n\n`);
  }

  #look(): Sections {
    const wasAccepting = this.#accepting;
    this.#noteTraffic();
    const before = this.#sections;
    const now = sectionsOf(this.#options.sources(), this.#options.databaseName, this.#tierHits);
    this.#sections = now;
    // While the start-up checks are under way, nothing has changed: it only becomes known.
    if (before !== undefined && wasAccepting) {
      if (before.health.status !== now.health.status) this.#healthSince = new Date();
      for (const { tone, text } of changesBetween(before, now)) this.events.add(tone, text);
    }
    return now;
  }

  #noteTraffic(): void {
    const { acceptingTraffic, draining } = this.#options;
    if (acceptingTraffic() === this.#accepting) return;
    this.#accepting = acceptingTraffic();
    this.#healthSince = new Date();
    if (this.#accepting) this.events.add('good', 'The start-up checks are over: traffic may come.');
    else if (draining()) this.events.add('neutral', 'Steadfast was asked to end.');
  }

  #asText({ health, ...sections }: Sections): Map<string, string> {
    const { build } = this.#options;
    const parts = {
      health: { ...health, since: this.#healthSince },
      ...sections,
      process: {
        ...this.#process,
        ...build,
        pid: process.pid,
        workers: this.#options.workers,
        ...this.#usage.look(),
        at: new Date(),
        accepting: this.#accepting,
        listeners: this.#listeners.count,
      },
      events: this.events.events,
      errors: this.#options.errors().slice(0, SHOWN_ERRORS),
    };
    return new Map(Object.entries(parts).map(([name, value]) => [name, JSON.stringify(value)]));
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
