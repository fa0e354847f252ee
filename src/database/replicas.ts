import type { PrimaryProgress } from './lag.ts';
import type { DatabaseServer, ServerSnapshot } from './server.ts';

export type Replica = { readonly name: string; readonly server: DatabaseServer };

export type ReplicaSnapshot = ServerSnapshot & {
  readonly name: string;
  readonly lagMs: number | undefined;
  /** False when it is not known to have what the primary has: one of them was promoted, and it may not follow that. */
  readonly onPrimaryTimeline: boolean;
  /** True while reads may go to it. */
  readonly usable: boolean;
};

type Choice = {
  readonly server: DatabaseServer;
  readonly position: number;
  /** Without it the position cannot be compared with the primary's. */
  readonly onPrimaryTimeline: boolean;
};

/** The streaming replicas, and which of them may answer what. */
export class Replicas {
  readonly #replicas: readonly Replica[];
  readonly #progress: PrimaryProgress;
  readonly #maxLagMs: number;
  #turn = 0;

  constructor(replicas: readonly Replica[], progress: PrimaryProgress, maxLagMs: number) {
    this.#replicas = replicas;
    this.#progress = progress;
    this.#maxLagMs = maxLagMs;
  }

  get none(): boolean {
    return this.#replicas.length === 0;
  }

  get anyUsable(): boolean {
    return this.#usable().length > 0;
  }

  /** The least busy one that has certainly replayed as much as `position`, in turn where several are; or undefined. */
  freshFor(position: number): DatabaseServer | undefined {
    const fresh = this.#usable().filter((choice) => choice.onPrimaryTimeline && choice.position >= position);
    this.#turn += 1;
    const first = this.#turn % Math.max(1, fresh.length);
    return [...fresh.slice(first), ...fresh.slice(0, first)].toSorted(
      (one, other) => one.server.load - other.server.load,
    )[0]?.server;
  }

  /** The one that has come furthest, for while the primary is away, or undefined. `tried` has just failed. */
  furthest(tried: DatabaseServer | undefined): Choice | undefined {
    return this.#usable()
      .filter(({ server }) => server !== tried)
      .toSorted((one, other) => other.position - one.position)[0];
  }

  snapshot(): ReplicaSnapshot[] {
    return this.#replicas.map(({ name, server }) => {
      const snapshot = server.snapshot();
      const { position, timeline } = snapshot.sighting;
      const lagMs = position === undefined ? undefined : this.#progress.lagMs(position);
      const onPrimaryTimeline = this.#isOnPrimaryTimeline(timeline);
      const usable = onPrimaryTimeline && this.#choiceOf(server) !== undefined;
      return { ...snapshot, name, lagMs, onPrimaryTimeline, usable };
    });
  }

  start(): Promise<unknown> {
    return Promise.all(this.#replicas.map(({ server }) => server.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map(({ server }) => server.stop()));
  }

  #usable(): Choice[] {
    return this.#replicas.map(({ server }) => this.#choiceOf(server)).filter((choice) => choice !== undefined);
  }

  /** What the supervisor saw is a little old; as positions only rise, it is a lower bound and safe. */
  #choiceOf(server: DatabaseServer): Choice | undefined {
    const { state, standby, position, timeline = 0 } = server.sighting;
    // One that follows nobody is a primary, ours or a forgotten one: it is no replica of ours.
    if (!server.accepting || state !== 'up' || standby !== true || position === undefined) return undefined;
    if (this.#progress.lagMs(position) > this.#maxLagMs) return undefined;
    // One of an older timeline may have what the promoted primary never had, at positions where that has something else.
    // One of a newer follows a primary that we have yet to find.
    if (timeline < (this.#progress.timeline ?? 0)) return undefined;
    return { server, position, onPrimaryTimeline: this.#isOnPrimaryTimeline(timeline) };
  }

  #isOnPrimaryTimeline(timeline: number | undefined): boolean {
    return this.#progress.timeline === undefined || this.#progress.timeline === timeline;
  }
}
