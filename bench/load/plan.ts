import type { Latencies } from '../../src/drill/figures.ts';
import type { Mixture } from './mixture.ts';
import type { LoadRequest } from './request.ts';

/** A load on 127.0.0.1 from a process of its own. Times are in milliseconds. */
export type LoadPlan = {
  readonly port: number;
  /** The server's process, if what it uses of the processor is wanted. */
  readonly pid?: number | undefined;
  /** Sent in this order, round and round; or a mixture without end. */
  readonly requests: readonly LoadRequest[] | Mixture;
  /** Keep-alive connections. Each is opened with one request before the load begins. */
  readonly connections: number;
  /** That request; the next one of the load if left out. */
  readonly openWith?: LoadRequest;
  /** So many of them stay open and are not used; none if left out. */
  readonly idle?: number;
  /**
   * Requests a second, evenly spaced, whether or not earlier ones were answered (an open loop); if left out, each
   * connection sends the next request when the last one is answered.
   */
  readonly ratePerSecond?: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The status that every answer must have; any other is a failure. */
  readonly status: number;
};

export type LoadResult = {
  /** Processor time of the server for each answer, in milliseconds: what stays the same when others use the machine too. */
  readonly cpuMsEach?: number;
  /** What was due within the measured time and answered as expected. */
  readonly answered: number;
  /** Of those, what was answered before the measured time was over. */
  readonly answeredInTime: number;
  readonly ratePerSecond: number;
  /** From when a request was due, not from when it could be sent, until the whole answer was there. */
  readonly latency: Latencies;
  /** How late requests were sent: the load's own share of the latency, or that of a server that kept connections busy. */
  readonly lateness: Latencies;
  /** Answers that say in Cache-Status that the database could not be asked. */
  readonly stale: number;
  /** Answers that say in Cache-Status that they come from the database. */
  readonly forwarded: number;
  /** What went otherwise than expected, from the first connection to the last, and how often. */
  readonly failures: Readonly<Record<string, number>>;
};

/** What the load's process tells. */
export type FromLoad =
  | { readonly said: 'opened' }
  | { readonly said: 'measuring' }
  | { readonly said: 'done'; readonly result: LoadResult };
