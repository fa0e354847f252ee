import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { blog } from './blog/blog.ts';
import { constraintProblem } from './blog/constraint-problems.ts';
import { databaseProblem, isDatabaseAway } from './blog/database-problems.ts';
import { FAMILIES } from './blog/families.ts';
import { cachePlugin } from './cache/plugin.ts';
import type { Config } from './config/config.ts';
import type { DatabaseAddress } from './config/database-address.ts';
import { formatHost } from './config/host-list.ts';
import { databasePlugin, PRIMARY } from './database/plugin.ts';
import { docs } from './http/docs.ts';
import { drain } from './http/drain.ts';
import { isRead } from './http/methods.ts';
import { problemReplies } from './http/problem-replies.ts';
import { requestId } from './http/request-identity.ts';
import { requestLog } from './http/request-log.ts';
import { requestMetrics } from './http/request-metrics.ts';
import { safeHeaders } from './http/safe-headers.ts';
import { replyToUnreadable, replyToUnroutable } from './http/unreadable-requests.ts';
import { logBreaker, logHold } from './monitoring/database-log.ts';
import { LogDestination } from './monitoring/log-destination.ts';
import { logMetrics } from './monitoring/log-metrics.ts';
import { createMetrics } from './monitoring/metrics.ts';
import { monitoring } from './monitoring/monitoring.ts';
import { Performance } from './monitoring/performance.ts';
import { newestRowCounts } from './safety/backups/newest-row-counts.ts';
import { SchemaGuard } from './safety/migrations/schema-guard.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

/** No shorter than a request line can be: a name that is too long is not found, rather than unreadable. */
const LONGEST_PATH_PARAMETER = 16_384;

/** How long answers of a database that was replaced may still be given, marked stale, while the new one is not reached. */
const FORGET_AFTER_MS = 5000;

/** How long a whole request may take to arrive, so that slow senders cannot hold connections for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Headers beyond the ordinary ones that pages of other origins may read. */
const EXPOSED_HEADERS = [
  'age',
  'cache-status',
  'etag',
  'link',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'viewer-marks',
  'x-request-id',
];

export type Steadfast = {
  readonly app: FastifyInstance;
  readonly guard: SchemaGuard;
  readonly log: LogDestination;
  /** Call once the start-up checks are done: from then on /readyz says yes. */
  readonly acceptTraffic: () => void;
};

/** The whole composition. Nothing is contacted yet: see main.ts for the order in which things start. */
export async function buildApp(config: Config): Promise<Steadfast> {
  const metrics = createMetrics({ version, revision: config.revision });
  const performance = new Performance();
  const keyPrefix = `${config.redis.keyPrefix}:${databaseDigest(config.database)}`;
  const log: LogDestination = new LogDestination((lines) =>
    app.log.warn(`${lines} lines of the log were dropped: whoever reads it is too slow`),
  );
  logMetrics([metrics.registry], log);
  let started = false;

  const app: FastifyInstance = Fastify({
    logger: loggerOptions(config, log),
    genReqId: requestId,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: replyToUnroutable,
    clientErrorHandler: replyToUnreadable,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Only whoever connects is the proxy; what it was told by others, anybody could have written.
    trustProxy: config.trustProxy && ((_address: string, hop: number) => hop === 0),
    // While draining, requests on open connections are still answered (http/drain.ts).
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    ajv: { customOptions: { allErrors: true } },
  });
  const guard = new SchemaGuard({
    address: config.database,
    mayAsk: () => app.database.sighting.state === 'up',
    onFailure: (error) => app.log.warn({ err: error }, 'the schema could not be inspected'),
    knownElsewhere: () => newestRowCounts(config.backups.folder, config.database.name),
  });

  await app.register(drain);
  await app.register(problemReplies, {
    translate: (error, { method }) =>
      constraintProblem(error) ?? databaseProblem(error, isRead(method), app.database.sighting.nextProbeAt),
  });
  await app.register(requestLog);
  await app.register(requestMetrics, {
    observer: {
      ...metrics.requests,
      ended(...request) {
        metrics.requests.ended(...request);
        performance.requests.ended(...request);
      },
    },
  });
  await app.register(safeHeaders);
  await app.register(cors, {
    origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
    // The plugin's own list has no PUT and no DELETE (11.4).
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    // An OPTIONS that is no preflight is answered like one; the plugin's refusal is plain text.
    strictPreflight: false,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
  await app.register(docs, { version });

  await app.register(databasePlugin, {
    config: config.database,
    requestDeadlineMs: config.requestDeadlineMs,
    observer: {
      ...metrics.database,
      statement(...call) {
        metrics.database.statement(...call);
        performance.database.statement(...call);
      },
      breaker(server, event) {
        metrics.database.breaker(server, event);
        logBreaker(app.log, server, event);
        if (event === 'close' && server === PRIMARY) void guard.inspect();
      },
      held: (hold) => logHold(app.log, hold),
      promoted() {
        app.log.warn('another server is the primary now: everything cached is outdated');
        void app.cache.raise(FAMILIES);
      },
      replaced() {
        app.log.warn('another database has the name now, as after a restore: everything cached is forgotten');
        void app.cache.raise(FAMILIES);
        // Not at once: while the connections come back, an answer marked stale is better than none.
        setTimeout(() => void app.cache.forget(), FORGET_AFTER_MS).unref();
        void guard.inspect();
      },
      holdUnreadable: (error) =>
        app.log.error(
          { err: error },
          `${config.database.holdFile} cannot be read, so that the breaker is not held`,
        ),
    },
  });
  await app.register(cachePlugin, {
    config: config.cache,
    redis: config.redis,
    prefix: keyPrefix,
    families: FAMILIES,
    ...(config.database.replicas.length > 0 && { currentPosition: () => app.database.position() }),
    staleIf: isDatabaseAway,
    canLoad: () => app.database.accepting,
    observer: {
      request(...lookup) {
        metrics.cache.request(...lookup);
        performance.cache.request(...lookup);
      },
      revalidated: metrics.cache.revalidated,
      redis(state) {
        if (state === 'up') app.log.info('Redis can be used');
        else app.log.warn('Redis is away: answers come from PostgreSQL until it is back');
      },
    },
  });
  app.addHook('onClose', () => guard.stop());

  await app.register(monitoring, {
    metrics,
    performance,
    config: config.database,
    acceptingTraffic: () => started && !app.draining(),
    sources: () => ({
      database: app.database.snapshot(),
      cache: app.cache.snapshot(),
      schema: guard.report,
    }),
  });
  await app.register(blog, {
    prefix: '/api',
    config,
    keyPrefix,
    schemaProblem: () => guard.problem,
  });
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));

  return {
    app,
    guard,
    log,
    acceptTraffic: () => {
      started = true;
    },
  };
}

function loggerOptions(config: Config, stream: LogDestination) {
  return {
    level: config.logLevel,
    redact: {
      paths: ['*.password', '*.authorization', '*.token', 'req.headers.authorization', 'headers.authorization'],
      censor: '***',
    },
    stream,
  };
}

/** Two databases never share a cache: what the keys begin with depends on which one is configured, past any pooler. */
function databaseDigest({ hosts, direct, name }: DatabaseAddress): string {
  const places = (direct?.hosts ?? hosts).map(formatHost).toSorted().join();
  return createHash('sha256').update(`${places}/${name}`).digest('base64url').slice(0, 8);
}
