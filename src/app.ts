import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { blog } from './blog/blog.ts';
import { constraintProblem } from './blog/constraint-problems.ts';
import { databaseProblem, isDatabaseAway } from './blog/database-problems.ts';
import { FAMILIES } from './blog/families.ts';
import { RepeatedReads } from './blog/repeated-reads.ts';
import { keyPrefixOf } from './cache/key-prefix.ts';
import { cachePlugin } from './cache/plugin.ts';
import type { Raised } from './cache/shared-tier.ts';
import type { Config } from './config/config.ts';
import { databasePlugin, PRIMARY, type Watcher } from './database/plugin.ts';
import type { Told } from './database/supervisor.ts';
import { limitedAddresses } from './http/addresses.ts';
import { browsers } from './http/browsers.ts';
import { docs } from './http/docs.ts';
import { drain } from './http/drain.ts';
import { isRead } from './http/methods.ts';
import { problemReplies } from './http/problem-replies.ts';
import { requestBudget } from './http/request-budget.ts';
import { requestId } from './http/request-identity.ts';
import { requestLog } from './http/request-log.ts';
import { requestLogger } from './http/request-logger.ts';
import { requestMetrics } from './http/request-metrics.ts';
import { requestsUnderWay } from './http/requests-under-way.ts';
import { routeConfig } from './http/route-config.ts';
import { serializersOnDemand } from './http/serialization.ts';
import { answerBefore } from './http/server.ts';
import { traceContext } from './http/trace-context.ts';
import { replyToUnreadable, replyToUnroutable } from './http/unreadable-requests.ts';
import { monitoringAccess } from './monitoring/access.ts';
import { startAlerts } from './monitoring/alerts/alerts.ts';
import { logBreaker, logHold } from './monitoring/database-log.ts';
import { ErrorTracker } from './monitoring/errors/error-tracker.ts';
import { tellUnexpected, tellUnexpectedInBackground } from './monitoring/errors/unexpected.ts';
import type { HealthSources } from './monitoring/health.ts';
import { LiveFeed } from './monitoring/live/live-feed.ts';
import { LogDestination } from './monitoring/log-destination.ts';
import { logMetrics } from './monitoring/log-metrics.ts';
import { loggerOptions } from './monitoring/logger-options.ts';
import { createMetrics } from './monitoring/metrics/metrics.ts';
import { underWayMetrics } from './monitoring/metrics/request-metrics.ts';
import { monitoring } from './monitoring/monitoring.ts';
import { pageRoutes } from './monitoring/page/page-routes.ts';
import { Performance } from './monitoring/performance/performance.ts';
import { wholeAsTold } from './monitoring/whole-as-told.ts';
import { newestRowCounts } from './safety/backups/newest-row-counts.ts';
import type { SchemaReport } from './safety/migrations/inspect-schema.ts';
import { SchemaGuard } from './safety/migrations/schema-guard.ts';
import type { Tracing } from './tracing/tracing.ts';
import { version } from './version.ts';
import { ALONE, type Peers } from './workers/peers.ts';
import { LOOK_NOW, topicOf } from './workers/watching.ts';

/** No shorter than a request line can be: a name that is too long is not found, rather than unreadable. */
const LONGEST_PATH_PARAMETER = 16_384;

/** How long answers of a database that was replaced may still be given, marked stale, while the new one is not reached. */
const FORGET_AFTER_MS = 5000;

/** How long a whole request may take to arrive, so that slow senders cannot hold connections for ever. */
const REQUEST_TIMEOUT_MS = 30_000;

export type Steadfast = {
  readonly app: FastifyInstance;
  readonly guard: SchemaGuard;
  readonly log: LogDestination;
  /** Call once the start-up checks are done: from then on /readyz says yes. */
  readonly acceptTraffic: () => void;
};

/** The whole composition. Nothing is contacted yet: see main.ts for the order in which things start. */
export async function buildApp(config: Config, tracing?: Tracing, peers: Peers = ALONE): Promise<Steadfast> {
  const metrics = createMetrics({ version, revision: config.revision }, peers);
  const performance = new Performance(() => app.cache.lookups);
  const errors = new ErrorTracker([metrics.registry]);
  const keyPrefix = keyPrefixOf(config);
  const log: LogDestination = new LogDestination(
    (lines) => app.log.warn(`${lines} lines of the log were dropped: whoever reads it is too slow`),
    { shared: peers.count > 1 },
  );
  logMetrics([metrics.registry], log);
  const limitedAddress = limitedAddresses(config);
  let started = false;
  // What is traced, or written at this level, is what goes the whole way.
  const isFollowed = tracing !== undefined || ['trace', 'debug'].includes(config.logLevel);
  const repeatedReads = new RepeatedReads({
    app: () => app,
    mayRepeat: () => !isFollowed && guard.problem === undefined && app.database.accepting && !app.draining(),
  });

  const app: FastifyInstance = Fastify({
    logger: { ...loggerOptions(config.logLevel), stream: log },
    genReqId: requestId,
    childLoggerFactory: requestLogger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: replyToUnroutable,
    clientErrorHandler: replyToUnreadable,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // While draining, requests on open connections are still answered (http/drain.ts).
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    ajv: { customOptions: { allErrors: true } },
    schemaController: { compilersFactory: { buildSerializer: serializersOnDemand } },
  });
  answerBefore(app, (request, response) => repeatedReads.answer(request, response));
  const guard = new SchemaGuard({
    address: config.database,
    mayAsk: () => app.database.sighting.state === 'up',
    onFailure: (error) => app.log.warn({ err: error }, 'the schema could not be inspected'),
    knownElsewhere: () => newestRowCounts(config.backups.folder, config.database.name),
    onReport: (report) => void spreadReport(report),
  });
  const spreadReport = peers.exchange<SchemaReport>('schema', (report) => guard.told(report));

  const sources = (): HealthSources => ({
    database: app.database.snapshot(),
    cache: app.cache.snapshot(),
    schema: guard.report,
  });
  const acceptingTraffic = () => started && !app.draining();
  const lastTold = wholeAsTold(peers);
  const feed = new LiveFeed({
    sources: () => lastTold(sources()),
    lookups: () => app.cache.lookups,
    acceptingTraffic,
    errors: () => errors.recent(),
    workers: peers.count,
    databaseName: config.database.name,
    build: { version, revision: config.revision },
    draining: () => app.draining(),
  });

  if (tracing !== undefined) {
    await app.register(tracing.plugin);
    tracing.logTo(app.log);
    app.addHook('onClose', () => tracing.stop());
  }
  await app.register(routeConfig);
  await app.register(requestsUnderWay);
  underWayMetrics([metrics.registry], () => app.requestsUnderWay);
  await app.register(drain);
  await app.register(traceContext, { recorded: tracing?.recorded });
  await app.register(problemReplies, {
    translate: (error, { method }) =>
      constraintProblem(error) ?? databaseProblem(error, isRead(method), app.database.sighting.nextProbeAt),
    onUnexpected: (error, request) => tellUnexpected(errors, error, request),
  });
  await app.register(requestMetrics, {
    observer: {
      series(...kind) {
        const all = [metrics.requests, performance.requests, feed.traffic.requests].map((each) =>
          each.series(...kind),
        );
        return (seconds) => {
          for (const tell of all) tell(seconds);
        };
      },
    },
  });
  await app.register(requestLog);
  await app.register(browsers, { corsOrigins: config.corsOrigins });
  await app.register(docs, { version });

  await app.register(databasePlugin, {
    config: config.database,
    requestDeadlineMs: config.requestDeadlineMs,
    watcher: peers.count > 1 ? watcherOf(peers) : undefined,
    observer: {
      ...metrics.database,
      statement(...call) {
        metrics.database.statement(...call);
        performance.database.statement(...call);
      },
      breaker(server, event) {
        metrics.database.breaker(server, event);
        logBreaker(app.log, server, event);
        feed.events.database.breaker(server, event);
        if (event === 'close' && server === PRIMARY) void guard.inspect();
      },
      held(hold) {
        logHold(app.log, hold);
        feed.events.database.held(hold);
      },
      promoted() {
        app.log.warn('another server is the primary now: everything cached is outdated');
        feed.events.database.promoted();
        void app.cache.raise(FAMILIES);
      },
      replaced() {
        app.log.warn('another database has the name now, as after a restore: everything cached is forgotten');
        feed.events.database.replaced();
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
  const tellSiblings = peers.exchange<Raised>('raised', (raised) => app.cache.raisedBySibling(raised));
  await app.register(cachePlugin, {
    config: config.cache,
    redis: config.redis,
    prefix: keyPrefix,
    families: FAMILIES,
    ...(config.database.replicas.length > 0 && { currentPosition: () => app.database.position() }),
    staleIf: isDatabaseAway,
    canLoad: () => app.database.accepting,
    tellSiblings: peers.count > 1 ? tellSiblings : undefined,
    observer: {
      revalidated: metrics.cache.revalidated,
      unexpected: (error) => tellUnexpectedInBackground(errors, error, app.log),
      redis(state) {
        feed.events.redis(state);
        if (state === 'up') app.log.info('Redis can be used');
        else app.log.warn('Redis is away: answers come from PostgreSQL until it is back');
      },
    },
  });
  app.addHook('onClose', () => guard.stop());
  await app.register(requestBudget, {
    perMinute: config.rateLimits.perMinute,
    redis: () => (app.cache.redisAvailable ? app.cache.redis : undefined),
    keyPrefix,
    limitedAddress,
  });
  app.decorate('repeatedReads', repeatedReads);

  await app.register(monitoringAccess, { config: config.monitoring });
  await app.register(monitoring, {
    metrics,
    performance,
    errors,
    config: config.database,
    feed,
    acceptingTraffic,
    sources,
    peers,
  });
  // Of several workers the primary tells, so that it is told once.
  if (config.alertWebhook !== undefined && peers.count === 1) {
    const options = {
      webhook: config.alertWebhook,
      sources: () => (acceptingTraffic() ? sources() : undefined),
      build: { version, revision: config.revision },
      log: app.log,
    };
    let stopAlerts = async () => {};
    app.addHook('onReady', async () => {
      stopAlerts = startAlerts(options);
    });
    app.addHook('onClose', () => stopAlerts());
  }
  await app.register(blog, {
    prefix: '/api',
    config,
    keyPrefix,
    limitedAddress,
    schemaProblem: () => guard.problem,
  });
  await app.register(pageRoutes);

  return {
    app,
    guard,
    log,
    acceptTraffic: () => {
      started = true;
    },
  };
}

/** The primary watches PostgreSQL for all workers. */
function watcherOf(peers: Peers): Watcher {
  return {
    follow: (server, told) => void peers.exchange<Told>(topicOf(server), told),
    lookNow: (server) => peers.tellPrimary(LOOK_NOW, server),
  };
}
