import cluster from 'node:cluster';
import type { FromPrimary, FromWorker } from './messages.ts';
import { afterReading } from './patience.ts';
import type { Gathered, Peers, WorkersState } from './peers.ts';

/** A worker's side of the channel to its primary. */
export type Worker = Peers & {
  /** Call when everything that hears news is in place. */
  join(): void;
  /** Call when it takes requests. */
  ready(): void;
};

export type WorkerHandlers = {
  /** The primary wants this worker to end in good order. */
  readonly onDrain: () => void;
  /** The primary has ended without saying so. */
  readonly onOrphaned: () => void;
};

/** How long the primary may take, its own time limits for the other workers included: to a question, and with news. */
const ANSWER_LIMIT_MS = 1000;
const NEWS_LIMIT_MS = 150;

/** Makes this process, which a primary has started, one of `count`. */
export function becomeWorker(count: number, { onDrain, onOrphaned }: WorkerHandlers): Worker {
  const readers = new Map<string, () => unknown>();
  const hearers = new Map<string, (news: unknown) => void | Promise<void>>();
  const waiting = new Map<number, (message: FromPrimary | undefined) => void>();
  let lastNumber = 0;
  /** To what it has given no answer in time since it said anything: that is not waited for again. */
  const unanswered = new Set<FromWorker['says']>();

  const send = (message: FromWorker) => {
    if (process.connected) process.send?.(message, undefined, {}, () => {});
  };
  const answer = async (number: number, read: () => unknown) => {
    // One that fails answers with nothing: the primary takes what it said before.
    const said = await Promise.resolve()
      .then(read)
      .catch(() => undefined);
    send({ says: 'answers', number, answer: said });
  };
  /** Resolves with what the primary says to it, or undefined when it says nothing in time, or is known to hang. */
  const request = (message: (number: number) => FromWorker, limitMs: number) =>
    new Promise<FromPrimary | undefined>((resolve) => {
      lastNumber += 1;
      const number = lastNumber;
      const said = message(number);
      if (!process.connected || unanswered.has(said.says)) {
        // News are told all the same; a question is of no use later.
        if (said.says === 'spreads') send(said);
        return resolve(undefined);
      }
      const end = (answer: FromPrimary | undefined) => {
        clearTimeout(timer);
        waiting.delete(number);
        resolve(answer);
      };
      const giveUp = () => {
        if (!waiting.has(number)) return;
        unanswered.add(said.says);
        end(undefined);
      };
      const timer = afterReading(limitMs, giveUp);
      waiting.set(number, end);
      send(said);
      return undefined;
    });

  process.on('message', (message: FromPrimary) => {
    const { says } = message;
    unanswered.clear();
    if (says === 'drain') onDrain();
    else if (says === 'asks') void answer(message.number, readers.get(message.topic) ?? (() => undefined));
    else if (says === 'news') {
      const { number, topic, news } = message;
      const heard = () => hearers.get(topic)?.(news);
      if (number === undefined) void heard();
      else void answer(number, heard);
    } else waiting.get(message.number)?.(message);
  });
  cluster.worker?.on('disconnect', () => {
    for (const end of waiting.values()) end(undefined);
    // Node.js would end the process here and now, in the middle of its requests.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    onOrphaned();
  });

  let known: WorkersState = {
    ...{ configured: count, ready: count, silent: [], restarts: 0, startedAt: new Date() },
    primaryAnswers: true,
  };
  return {
    count,
    share<Answer>(topic: string, read: () => Answer | Promise<Answer>) {
      readers.set(topic, read);
      return oneAtATime(async (): Promise<Gathered<Answer>> => {
        const said = await request((number) => ({ says: 'asks', number, topic }), ANSWER_LIMIT_MS);
        if (said?.says === 'answers') {
          known = said.workers;
          // All workers are the same program: what one reads, another shares.
          const [first, ...others] = said.answers as readonly Answer[];
          if (first !== undefined) return { answers: [first, ...others], workers: known };
        }
        return { answers: [await read()], workers: { ...known, primaryAnswers: said !== undefined } };
      });
    },
    exchange<News>(topic: string, hear: (news: News) => void | Promise<void>) {
      hearers.set(topic, (news) => hear(news as News));
      return async (news: News) => {
        await request((number) => ({ says: 'spreads', number, topic, news }), NEWS_LIMIT_MS);
      };
    },
    tellPrimary: (topic, news) => send({ says: 'tells', topic, news }),
    join: () => send({ says: 'joining' }),
    ready: () => send({ says: 'ready' }),
  };
}

/** Whoever comes while one asks shares the next asking with the others who came since: never what began before he came. */
function oneAtATime<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined;
  let next: Promise<Result> | undefined;
  const begin = () => {
    next = undefined;
    const asking = ask().finally(() => {
      if (current === asking) current = undefined;
    });
    current = asking;
    return asking;
  };
  return () => {
    if (current === undefined) return begin();
    next ??= current.then(begin, begin);
    return next;
  };
}
