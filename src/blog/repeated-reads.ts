import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { CacheKey } from '../cache/answer.ts';
import type { Cache } from '../cache/cache.ts';
import { type CacheEntry, ownBytes } from '../cache/entry.ts';
import { limitHeaders } from '../http/rate-limits.ts';
import { requestId } from '../http/request-identity.ts';
import type { RequestSeries } from '../http/request-metrics.ts';
import { ageOf, cacheStatus } from './cache-status.ts';
import type { Origin } from './read-cached.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly repeatedReads: RepeatedReads;
  }
}

type Answer = {
  /** It can be given again as long as memory has the same. Not its entries: they would be kept from going. */
  readonly origins: readonly Made[];
  /** Names and values in turn, without those that are another's in each answer. */
  readonly head: readonly string[];
  readonly body: Buffer;
  readonly series: RequestSeries;
  /** When the viewer's token expires, in milliseconds since 1970. */
  readonly expiresAt: number;
};

/** What an answer was made of, by the ETag it had; of one of them is the body. */
type Made = { readonly key: CacheKey; readonly etag: string; readonly isBody: boolean };

/** The bytes that were sent, in whatever coding, and the entry they were made of. */
type Shown = { readonly entry: CacheEntry; readonly body: Buffer };

export type RepeatedReadsOptions = {
  readonly app: () => Pick<FastifyInstance, 'cache' | 'spendRequest' | 'requestsUnderWay' | 'requestSeries'>;
  /** False while an answer may be another than it was, or may not be given at all: then the whole way says what is. */
  readonly mayRepeat: () => boolean;
};

const MAX_BYTES = 4 * 1024 * 1024;
const BYTES_OF_AN_ANSWER = 2000;

/**
 * Headers of a request that leave the answer as it is, or that are looked at anew for each. With any other a request goes
 * the whole way, so that what a header means need not be known here, too.
 */
const HARMLESS = new Set([
  ...['host', 'connection', 'user-agent', 'referer', 'cookie', 'dnt', 'priority', 'upgrade-insecure-requests'],
  ...['accept', 'accept-encoding', 'authorization', 'accept-language', 'cache-control', 'pragma', 'content-type'],
  ...['sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-user'],
  ...['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform'],
  ...['x-request-id', 'x-real-ip', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'],
]);

/** Headers of an answer that are not another's. */
const OWN = /^(?:x-request-id|cache-status|age|ratelimit-\w+)$/;

/**
 * Answers out of memory, as they were sent, for those who ask in the same words: before anything is looked at that cannot
 * have changed since, so that a read that many make costs little more than sending it (docs/decisions/0037).
 */
export class RepeatedReads {
  readonly #options: RepeatedReadsOptions;
  readonly #answers = new LRUCache<string, Answer>({
    maxSize: MAX_BYTES,
    // What is asked for is in a key and in Link, too.
    sizeCalculation: ({ body }, words) => BYTES_OF_AN_ANSWER + 3 * words.length + body.length,
  });

  constructor(options: RepeatedReadsOptions) {
    this.#options = options;
  }

  /** To be called with the 200 that was just sent, and the entry of its body. Kept is what came out of memory alone. */
  keep(request: FastifyRequest, reply: FastifyReply, { entry, body }: Shown): void {
    const { raw, origins, routeConfig, viewer } = request;
    if (!isPlain(raw) || !this.#options.mayRepeat() || origins === null || routeConfig.url === undefined) return;
    if (!origins.every(isRemembered)) return;
    const head = Object.entries(reply.getHeaders())
      .filter(([name]) => !OWN.test(name))
      .flatMap(([name, value]) => [name, String(value)]);
    this.#answers.set(wordsOf(raw), {
      origins: origins.map((origin) => ({
        key: origin.key,
        etag: origin.entry.etag,
        isBody: origin.entry === entry,
      })),
      head,
      body: ownBytes(body),
      series: this.#options.app().requestSeries('GET', routeConfig.url, 200, 'memory'),
      expiresAt: viewer?.expiresAt ?? Number.POSITIVE_INFINITY,
    });
  }

  /** Answers the request and says true, if what was kept is still what would be answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const startedAt = performance.now();
    const answer = this.#answers.get(wordsOf(request));
    if (answer === undefined || !isPlain(request) || Date.now() >= answer.expiresAt) return false;
    const app = this.#options.app();
    const entry = this.#options.mayRepeat() ? bodyOf(answer, app.cache) : undefined;
    if (entry === undefined) return false;
    const spent = app.spendRequest(request);
    if (spent !== undefined && spent.remaining < 0) return false;
    app.cache.countHits(answer.origins.length);
    app.requestsUnderWay.begin(response, false, () => answer.series((performance.now() - startedAt) / 1000));
    response.writeHead(200, [
      ...answer.head,
      ...['x-request-id', requestId(request)],
      ...['cache-status', cacheStatus({ entry, source: 'memory' }, 'memory')],
      ...['age', ageOf(entry)],
      ...(spent === undefined ? [] : Object.entries(limitHeaders(spent)).flat()),
    ]);
    response.end(answer.body);
    return true;
  }
}

/** The entry of the answer's body, as long as everything that it was made of is in memory as it was. */
function bodyOf({ origins }: Answer, cache: Pick<Cache, 'peek'>): CacheEntry | undefined {
  let body: CacheEntry | undefined;
  for (const { key, etag, isBody } of origins) {
    const entry = cache.peek(key);
    if (entry?.etag !== etag) return undefined;
    if (isBody) body = entry;
  }
  return body;
}

/** What an answer depends on, where the request is plain: nobody without the token is given what was made for its owner. */
function wordsOf({ url = '', headers }: IncomingMessage): string {
  const { authorization, 'accept-encoding': codings } = headers;
  // An empty Authorization is a wrong one, which is not the same as none.
  if (authorization !== undefined) return `${url}\n${codings ?? ''}\n${authorization}`;
  return codings === undefined ? url : `${url}\n${codings}`;
}

function isRemembered(origin: Origin): origin is Origin & { readonly entry: CacheEntry } {
  return origin.entry !== undefined;
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET') return false;
  for (const name in headers) if (!HARMLESS.has(name)) return false;
  return true;
}
