import type { DatabaseObserver } from '../../database/plugin.ts';
import { PRIMARY } from '../../database/plugin.ts';

/** What happened, in one sentence, and whether that is good. */
export type Happening = { readonly tone: 'good' | 'warning' | 'bad' | 'neutral'; readonly text: string };
export type LoggedEvent = Happening & { readonly number: number; readonly at: string };

const KEPT_EVENTS = 50;

/** The last fifty things that happened to this process and its servers, newest first. */
export class EventLog {
  readonly #events: LoggedEvent[] = [];
  #number = 0;

  readonly database: Pick<DatabaseObserver, 'breaker' | 'held' | 'promoted' | 'replaced'> = {
    breaker: (server, event) => {
      const what = server === PRIMARY ? 'PostgreSQL' : `the PostgreSQL ${server}`;
      if (event === 'open') this.add('bad', `The circuit breaker opened: ${what} is not asked any more.`);
      if (event === 'close') this.add('good', `The circuit breaker closed: ${what} is back.`);
      if (event === 'slow') this.add('warning', `Most statements were slow for two seconds at ${what}.`);
    },
    held: (hold) => {
      if (hold === undefined) this.add('neutral', 'The circuit breaker is held by nobody.');
      else this.add('warning', `The circuit breaker is held ${hold.state} by hand.`);
    },
    promoted: () => this.add('warning', 'Another server is the primary now.'),
    replaced: () => this.add('warning', 'Another database has the name now, as after a restore.'),
  };

  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  redis(state: 'up' | 'down'): void {
    if (state === 'up') this.add('good', 'Redis can be used.');
    else this.add('bad', 'Redis is away: answers come from PostgreSQL until it is back.');
  }

  add(tone: Happening['tone'], text: string): void {
    this.#number += 1;
    this.#events.unshift({ number: this.#number, at: new Date().toISOString(), tone, text });
    if (this.#events.length > KEPT_EVENTS) this.#events.pop();
  }
}
