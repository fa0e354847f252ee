import type { HostPort } from '../config/host-list.ts';
import { connectionProblem, isRefusal } from './errors.ts';
import type { ProbeAnswer } from './probe-connection.ts';
import { ProbePauses } from './probe-pauses.ts';
import { type DatabaseSighting, UNSEEN } from './sighting.ts';

/** What a server says of itself, and which of the hosts it is. */
export type ServerAnswer = ProbeAnswer & { readonly host: HostPort };

/** Asks a server, or several for the primary among them, who they are. */
export type Prober = {
  probe(): Promise<ServerAnswer>;
  /** Gives its connections up: the next probe opens new ones. */
  drop(): void;
  /** Takes over what another process found. */
  learn(answer: ServerAnswer): void;
};

/** What one process that watches tells those it watches for; `answer` is what the last probe said, if it succeeded. */
export type Told = { readonly sighting: DatabaseSighting; readonly answer: ServerAnswer | undefined };

export type SupervisorOptions = {
  /** Makes the prober. It calls `onLost` when the connection it watches is lost between two probes. */
  readonly prober: (onLost: () => void) => Prober;
  /** Pause between probes of a database that is up. */
  readonly watchMs: number;
  /** Is told of every answer. */
  readonly onSeen: (answer: ServerAnswer) => void;
  /** Is told what was seen and when the next look is, after every look of its own. */
  readonly onLooked?: (told: Told) => void;
  /** Where another process watches for this one: asks it to look now. What it sees comes by `follow`. */
  readonly askForLook?: () => void;
  /** Pauses between probes of a database that is down: from the first to the longest, doubling while nobody answers. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Called when the database was judged to be away, and when it was judged to be back. */
  readonly onDown: () => void;
  readonly onUp: () => void;
};

const RECOVERY_PAUSE_MS = 100;
const STRIKES_UNTIL_DOWN = 2;
const GOOD_PROBES_UNTIL_UP = 3;
/** How long a look of the process that watches may be late, the probe itself included, before we look ourselves. */
const LATE_LOOK_MS = 2000;
/** The same when we have asked it to look at once. */
const LATE_ANSWER_MS = 1000;

/**
 * Watches the database on a connection of its own, with traffic or without. It judges, the database room acts:
 * two failed probes in a row or one refusal are an outage, three good ones in a row its end. Where another process
 * watches for several, it adopts what that one judged, and looks itself only while it does not hear of it, or doubts
 * the database for its own reasons (docs/decisions/0035).
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #prober: Prober;
  readonly #pauses: ProbePauses;
  #sighting: DatabaseSighting = UNSEEN;
  #strikes = 0;
  #goodProbes = 0;
  /** Until then somebody else looks, in Unix milliseconds. */
  #followedUntil = 0;
  /** Counts what was adopted of it: a probe of our own that was overtaken by that says nothing. */
  #adopted = 0;
  /** Our own statements failed where the one who watches sees nothing: only our own probes count then. */
  #doubts = false;
  #answer: ServerAnswer | undefined;
  #stopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#pauses = new ProbePauses(options);
    // A connection lost between two probes is news: look at once.
    this.#prober = options.prober(() => this.suspect());
  }

  get sighting(): DatabaseSighting {
    return this.#sighting;
  }

  /** Begins to watch; resolves with what the first probes say. */
  async start(): Promise<DatabaseSighting> {
    const { askForLook } = this.#options;
    if (askForLook !== undefined && this.#sighting.state === 'unknown') await this.#pause(LATE_LOOK_MS);
    if (this.#sighting.state === 'unknown') await this.#probe();
    if (this.#sighting.state === 'unknown') await this.#probe();
    this.#loop = this.#watch();
    return this.#sighting;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    this.#prober.drop();
    await this.#loop;
  }

  /** Somebody's statement failed: look now instead of at the next turn. */
  suspect(): void {
    if (this.#sighting.state !== 'up') return;
    if (this.#isFollowing) {
      this.#followedUntil = Math.min(this.#followedUntil, Date.now() + LATE_ANSWER_MS);
      this.#options.askForLook?.();
    }
    this.#wake();
  }

  /** The process that watches for us has looked. */
  follow({ sighting, answer }: Told): void {
    if (sighting.state === 'unknown') return;
    this.#followedUntil = (sighting.nextProbeAt?.getTime() ?? Date.now()) + LATE_LOOK_MS;
    if (answer !== undefined) this.#prober.learn(answer);
    // That it sees nothing wrong does not refute us. When it does, the doubt is everybody's, and so is the recovery.
    if (this.#doubts && sighting.state === 'up') return;
    this.#doubts = false;
    this.#adopted += 1;
    this.#prober.drop();
    this.#strikes = 0;
    this.#goodProbes = 0;
    const before = this.#sighting.state;
    this.#sighting = sighting;
    if (answer !== undefined) this.#options.onSeen(answer);
    if (sighting.state === 'down' && before !== 'down') this.#options.onDown();
    if (sighting.state === 'up' && before === 'down') this.#recovered();
    this.#wake();
  }

  get #isFollowing(): boolean {
    return !this.#doubts && Date.now() < this.#followedUntil;
  }

  /**
   * The breaker opened by its window although probes succeed: the database must prove itself again, on a new
   * connection, because it may be new ones that fail.
   */
  distrust(): void {
    if (this.#sighting.state === 'down') return;
    this.#sighting = { ...this.#sighting, state: 'down' };
    this.#goodProbes = 0;
    this.#prober.drop();
    this.#pauses.outageBegins();
    this.#pauses.distrust();
    if (this.#options.askForLook === undefined) return;
    this.#doubts = true;
    this.#wake();
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      if (this.#isFollowing) {
        await this.#pause(this.#followedUntil - Date.now());
      } else {
        await this.#planned(this.#nextPauseMs());
        if (!this.#stopped && !this.#isFollowing) await this.#probe();
      }
    }
  }

  /** The pause before a look of our own. */
  #planned(ms: number): Promise<void> {
    this.#sighting = { ...this.#sighting, nextProbeAt: new Date(Date.now() + ms) };
    this.#options.onLooked?.({ sighting: this.#sighting, answer: this.#answer });
    return this.#pause(ms);
  }

  #nextPauseMs(): number {
    if (this.#sighting.state !== 'down') return this.#strikes > 0 ? 0 : this.#options.watchMs;
    if (this.#goodProbes > 0) return RECOVERY_PAUSE_MS;
    // A standby that answers may be promoted at any moment, and asking it costs next to nothing.
    if (this.#sighting.problem?.kind === 'no-primary') this.#pauses.shorten();
    return this.#pauses.next();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #probe(): Promise<void> {
    const startedAt = performance.now();
    const adopted = this.#adopted;
    try {
      const answer = await this.#prober.probe();
      if (adopted === this.#adopted) this.#sawUp(answer, performance.now() - startedAt);
    } catch (error) {
      this.#prober.drop();
      if (!this.#stopped && adopted === this.#adopted) this.#sawFailure(error);
    }
  }

  #sawUp(answer: ServerAnswer, latencyMs: number): void {
    const { version, readOnly, standby, position, timeline } = answer;
    this.#answer = answer;
    this.#options.onSeen(answer);
    const now = new Date();
    this.#strikes = 0;
    this.#goodProbes += 1;
    const isProven = this.#goodProbes >= GOOD_PROBES_UNTIL_UP && !this.#pauses.distrusted;
    const down = this.#sighting.state === 'down' && !isProven;
    const recovered = this.#sighting.state === 'down' && !down;
    this.#sighting = {
      ...this.#sighting,
      ...{ state: down ? 'down' : 'up', probedAt: now, lastSeenUpAt: now, latencyMs, serverVersion: version },
      ...{ readOnly, standby, position, timeline, problem: undefined },
    };
    if (recovered) this.#recovered();
  }

  #recovered(): void {
    this.#doubts = false;
    this.#pauses.outageEnded();
    this.#options.onUp();
  }

  #sawFailure(error: unknown): void {
    const wasDown = this.#sighting.state === 'down';
    // It was about to be back: it may well be so again soon.
    if (wasDown && this.#goodProbes > 0) this.#pauses.shorten();
    this.#goodProbes = 0;
    this.#answer = undefined;
    this.#strikes += 1;
    const kind = connectionProblem(error);
    // Whoever answers and refuses us has made up his mind; a silence or a lost connection may be an accident.
    const isDown = wasDown || this.#strikes >= STRIKES_UNTIL_DOWN || isRefusal(kind);
    this.#sighting = {
      ...this.#sighting,
      state: isDown ? 'down' : this.#sighting.state,
      probedAt: new Date(),
      latencyMs: undefined,
      problem: { kind, message: messageOf(error) },
    };
    if (isDown && !wasDown) {
      this.#pauses.outageBegins();
      this.#options.onDown();
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
