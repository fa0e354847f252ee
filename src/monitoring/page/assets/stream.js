/**
 * Server-sent events by fetch, because EventSource sends no Authorization header. It connects again by itself, later and
 * later, and takes a silence for what it is: the server says something every second.
 */

const SILENCE_MS = 5000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const GOODBYE = 'It said that it is ending, as for a restart.';

export class EventStream {
  #url;
  #onEvent;
  #onContact;
  #token;
  #pauseMs = FIRST_PAUSE_MS;
  #wake = () => {};
  #saidGoodbye = false;

  /**
   * `onEvent(name, data)` is told what arrives, `onContact(contact)` how it stands: {kind: 'live'}, {kind: 'lost', reason,
   * retryAt}, {kind: 'token', refused} while it waits for one, or {kind: 'elsewhere', retryAt}.
   */
  constructor(url, { token, onEvent, onContact }) {
    this.#url = url;
    this.#token = token;
    this.#onEvent = onEvent;
    this.#onContact = onContact;
  }

  /** Listens for as long as the page is open. */
  async listen() {
    for (;;) {
      const contact = await this.#listenOnce();
      const pauseMs = contact.kind === 'token' ? undefined : this.#nextPauseMs();
      this.#onContact({ ...contact, ...(pauseMs !== undefined && { retryAt: Date.now() + pauseMs }) });
      await this.#pause(pauseMs);
    }
  }

  /** Tries at once instead of after the pause. */
  retryNow() {
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#wake();
  }

  useToken(token) {
    this.#token = token;
    this.retryNow();
  }

  /** Resolves with how it ended. */
  async #listenOnce() {
    const silence = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    try {
      heard();
      const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
      const response = await fetch(this.#url, { headers, cache: 'no-store', signal: silence.signal });
      if (!response.ok) return await this.#refused(response);
      return await this.#read(response.body, heard);
    } catch {
      return this.#lost(silence.signal.aborted ? 'It does not answer.' : 'It cannot be reached.');
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  async #read(body, heard) {
    let rest = '';
    this.#saidGoodbye = false;
    // Not every browser has for await over a stream.
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      heard();
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const { name, data } = parse(block);
        this.#saidGoodbye ||= name === 'ending';
        if (name === 'everything') {
          this.#pauseMs = FIRST_PAUSE_MS;
          this.#onContact({ kind: 'live' });
        }
        this.#tell(name, data);
      }
    }
    return this.#lost('It ended the connection.');
  }

  /** A mistake of this page is no outage of the server. */
  #tell(name, data) {
    try {
      this.#onEvent(name, data);
    } catch (error) {
      reportError(error);
    }
  }

  async #refused(response) {
    if (response.status === 401) return { kind: 'token', refused: this.#token !== undefined };
    if (response.status === 404) return { kind: 'elsewhere' };
    const { detail } = await response.json().catch(() => ({}));
    return this.#lost(detail ?? `It answers with status ${response.status}.`);
  }

  #lost(reason) {
    return { kind: 'lost', reason: this.#saidGoodbye ? `${GOODBYE} ${reason}` : reason };
  }

  #nextPauseMs() {
    const pauseMs = this.#pauseMs * (0.8 + 0.4 * Math.random());
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    return pauseMs;
  }

  /** Without a time it lasts until somebody wakes it. */
  async #pause(ms) {
    let timer;
    await new Promise((resolve) => {
      this.#wake = resolve;
      if (ms !== undefined) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}

/** One event: its lines are "field: value". */
function parse(block) {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
  return { name: fields.event, data: JSON.parse(fields.data ?? 'null') };
}
