import type { ClientConfig } from 'pg';
import { formatHost, type HostPort } from '../config/host-list.ts';
import { NoPrimary } from './errors.ts';
import { type ProbeAnswer, ProbeConnection } from './probe-connection.ts';
import type { Prober, ServerAnswer } from './supervisor.ts';

export type PrimarySearchOptions = {
  readonly connection: ClientConfig;
  /** Every server that may be the primary. */
  readonly hosts: readonly [HostPort, ...HostPort[]];
  readonly timeoutMs: number;
  /** The connection to the server that is watched was lost. */
  readonly onLost: () => void;
};

type Candidate = { readonly host: HostPort; readonly connection: ProbeConnection };

/**
 * Probes the primary among several servers. As long as the one it knows is the primary, only that is asked; else all
 * are, and of several that take changes the one of the newest timeline is it: one that came back from before a promotion
 * is never taken for the primary.
 */
export class PrimarySearch implements Prober {
  readonly #candidates: readonly Candidate[];
  #watched: Candidate | undefined;
  #timeline = 0;

  constructor({ connection, hosts, timeoutMs, onLost }: PrimarySearchOptions) {
    this.#candidates = hosts.map((host) => ({
      host,
      connection: new ProbeConnection({ ...connection, ...host }, timeoutMs, () => {
        if (this.#watched?.host === host) onLost();
      }),
    }));
  }

  /** @throws {NoPrimary} when servers answer, but none is the primary; whatever connecting throws when none answers */
  async probe(): Promise<ServerAnswer> {
    const watched = this.#watched;
    if (watched !== undefined) {
      const answer = await watched.connection.probe();
      if (this.#isPrimary(answer)) return { ...answer, host: watched.host };
      this.drop();
    }
    return this.#search();
  }

  /** One of an older timeline than another process has seen is not taken for the primary here either. */
  learn({ timeline }: ServerAnswer): void {
    this.#timeline = Math.max(this.#timeline, timeline);
  }

  /** The next probe asks all of them again. */
  drop(): void {
    this.#watched = undefined;
    for (const { connection } of this.#candidates) connection.drop();
  }

  async #search(): Promise<ServerAnswer> {
    const answers = await Promise.allSettled(this.#candidates.map(({ connection }) => connection.probe()));
    let found: { candidate: Candidate; answer: ProbeAnswer } | undefined;
    for (const [index, candidate] of this.#candidates.entries()) {
      const outcome = answers[index];
      if (outcome?.status !== 'fulfilled' || !this.#isPrimary(outcome.value)) continue;
      if (found === undefined || outcome.value.timeline > found.answer.timeline) {
        found = { candidate, answer: outcome.value };
      }
    }
    for (const { host, connection } of this.#candidates) {
      if (host !== found?.candidate.host) connection.drop();
    }
    if (found === undefined) throw this.#whyNone(answers);
    this.#watched = found.candidate;
    this.#timeline = found.answer.timeline;
    return { ...found.answer, host: found.candidate.host };
  }

  #isPrimary(answer: ProbeAnswer): boolean {
    // The only server there is stands for the primary whatever it is: reads are answered, and health says the rest.
    if (this.#candidates.length === 1) return true;
    return !answer.readOnly && answer.timeline >= this.#timeline;
  }

  #whyNone(answers: readonly PromiseSettledResult<ProbeAnswer>[]): unknown {
    const failures = answers
      .filter((answer) => answer.status === 'rejected')
      .map(({ reason }) => reason as unknown);
    if (failures.length < answers.length)
      return new NoPrimary(this.#candidates.map(({ host }) => formatHost(host)));
    return failures.length === 1 ? failures[0] : new AggregateError(failures);
  }
}
