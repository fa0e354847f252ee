/** How the worker processes of one server are, as the primary process sees them. */
export type WorkersState = {
  /** How many there should be. */
  readonly configured: number;
  /** How many take requests. */
  readonly ready: number;
  /** Process ids of those that did not answer in time when they were last asked. */
  readonly silent: readonly number[];
  /** Workers that were started in the place of one that had ended, since the primary began. */
  readonly restarts: number;
  /** When the primary began. */
  readonly startedAt: Date;
  /** False while the primary itself does not answer: then what is told is this worker's alone. */
  readonly primaryAnswers: boolean;
};

export type Gathered<Answer> = {
  /** One of each worker, and what the primary kept of those that have ended, where it keeps that. Never none. */
  readonly answers: readonly [Answer, ...Answer[]];
  /** Undefined where the process is the only one. */
  readonly workers: WorkersState | undefined;
};

/** The other processes of this server: the workers, and the primary that started them. */
export type Peers = {
  readonly count: number;
  /** Answers questions about `topic` by `read`. Returns how to ask all workers, this one too. That takes a second at most. */
  share<Answer>(topic: string, read: () => Answer | Promise<Answer>): () => Promise<Gathered<Answer>>;
  /** Hears news of `topic`. Returns how to spread some: resolves when all others have dealt with it, or are too slow. */
  exchange<News>(topic: string, hear: (news: News) => void | Promise<void>): (news: News) => Promise<void>;
  /** Tells the primary alone. */
  tellPrimary(topic: string, news: string): void;
};

/** A process that is the whole server. */
export const ALONE: Peers = {
  count: 1,
  share: (_topic, read) => async () => ({ answers: [await read()], workers: undefined }),
  exchange: () => async () => {},
  tellPrimary: () => {},
};
