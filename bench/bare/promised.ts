import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Redis } from 'ioredis';
import pino from 'pino';
import { Histogram, Registry } from 'prom-client';
import type { Instance } from '../../src/drill/instance.ts';

/** What each answer of Steadfast has or does besides its body, whatever the cache and the breaker are made of. */
export type Promised = {
  /** Those that are always the same for a route. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it is worth a line in the log. */
  readonly isLogged: boolean;
  /** Of writes: the Redis that has to know of one before it is answered. */
  readonly announcedIn?: string;
};

/** What Fastify and Node.js add themselves, and what is another one with each answer. */
const NOT_CONSTANT = /^(?:date|connection|keep-alive|content-length|content-type|x-request-id|age|cache-status)$/;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What that server promises with an answer to that path, read off one. */
export async function promisedWith({ origin }: Instance, path: string, isLogged: boolean): Promise<Promised> {
  const reply = await fetch(origin + path, { headers: { 'accept-encoding': 'identity' } });
  await reply.arrayBuffer();
  const headers = Object.fromEntries([...reply.headers].filter(([name]) => !NOT_CONSTANT.test(name)));
  return { headers, isLogged };
}

/** The least that keeps this: as few hooks as there can be, one histogram, and a log that goes nowhere. */
export function keepPromises(app: FastifyInstance, { headers, isLogged, announcedIn }: Promised): void {
  const duration = new Histogram({
    ...{ name: 'duration_seconds', help: 'How long answers took.', buckets: BUCKETS },
    ...{ labelNames: ['method', 'route', 'status'] as const, registers: [new Registry()] },
  });
  const log = pino({ base: null }, pino.destination({ dest: '/dev/null', minLength: 8192, sync: true }));
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    reply.header('x-request-id', randomUUID());
    if (announcedIn === undefined) {
      reply.header('age', '0');
      reply.header('cache-status', 'Bare; hit; ttl=30');
    }
    done();
  });
  if (announcedIn !== undefined) {
    const redis = new Redis(announcedIn);
    app.addHook('onSend', async () => void (await redis.publish('bench:announced', 'lists feeds')));
  }
  app.addHook('onResponse', ({ method, url, id }, reply, done) => {
    const { statusCode: status, elapsedTime: ms } = reply;
    duration.observe({ method, route: '*', status }, ms / 1000);
    if (isLogged) log.info({ reqId: id, method, path: url, status, ms }, 'request');
    done();
  });
}
