/**
 * What the page knows: what the server said last, the seconds of the charts, and what happened. It outlives the server:
 * what a process said before it was restarted is still shown.
 */

const KEPT_SECONDS = 600;
const KEPT_EVENTS = 60;

/** What the numbers of a second mean, in the server's order. */
export const COLUMNS = [
  ...['endedAt', 'answered', 'stale', 'clientErrors', 'refused', 'failed'],
  ...['p50', 'p95', 'p99', 'breaker'],
];
export const BREAKER_OPEN = 1;

export class State {
  /** Sections by name, as last heard; undefined before the first word. */
  sections;
  /** Arrays of COLUMNS, oldest first. */
  seconds = [];
  contact = { kind: 'connecting' };
  /** When the server was last heard, by the browser's clock. */
  heardAt;
  /** Stretches without a word, in Unix seconds of the server: [from, to]. */
  silences = [];
  #earlierEvents = [];
  #clockAheadMs = 0;

  /** The server's time. */
  get now() {
    return Date.now() - this.#clockAheadMs;
  }

  /** The server's time that what is shown is of: now, or that of its last word. */
  get shownAt() {
    return this.contact.kind === 'live' ? this.now : this.heardAt - this.#clockAheadMs;
  }

  /** Newest first: those of this process, and what was known before it. */
  get events() {
    const own = this.sections?.events ?? [];
    return [...own, ...this.#earlierEvents]
      .toSorted((one, other) => other.at.localeCompare(one.at))
      .slice(0, KEPT_EVENTS);
  }

  isSameRelease({ state: { process } }) {
    const known = this.sections?.process ?? process;
    return known.version === process.version && known.revision === process.revision;
  }

  hear(name, data) {
    if (name === 'everything') this.#beginAnew(data);
    if (name === 'second') this.#goOn(data);
    this.heardAt = Date.now();
  }

  #beginAnew({ state, seconds }) {
    const heardBefore = this.heardAt === undefined ? undefined : this.heardAt - this.#clockAheadMs;
    const last = this.seconds.at(-1)?.[0] ?? 0;
    if (this.sections !== undefined && this.sections.process.id !== state.process.id) {
      this.#earlierEvents = this.events;
    }
    this.sections = state;
    this.#synchronise();
    this.#keep(seconds.filter(([endedAt]) => endedAt > last));
    if (heardBefore !== undefined) this.#noteSilence(heardBefore);
  }

  #goOn({ state, second }) {
    Object.assign(this.sections, state);
    this.#synchronise();
    this.#keep([second]);
  }

  /** A computer's clock may be minutes off: everything is counted by the server's. */
  #synchronise() {
    this.#clockAheadMs = Date.now() - new Date(this.sections.process.at).getTime();
  }

  #keep(seconds) {
    this.seconds = [...this.seconds, ...seconds].slice(-KEPT_SECONDS);
  }

  #noteSilence(from) {
    const to = this.now;
    if (to - from < 2000) return;
    this.silences = [...this.silences, [from / 1000, to / 1000]].slice(-20);
    const at = new Date(to).toISOString();
    const text = `This page heard nothing from the server for ${Math.round((to - from) / 1000)} s.`;
    this.#earlierEvents = [{ at, tone: 'warning', text }, ...this.#earlierEvents];
  }
}
