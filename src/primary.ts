import pino, { type Logger } from 'pino';
import type { Config } from './config/config.ts';
import type { Told } from './database/supervisor.ts';
import { Watch } from './database/watch.ts';
import { startAlerts } from './monitoring/alerts/alerts.ts';
import type { HealthSources } from './monitoring/health.ts';
import { LogDestination } from './monitoring/log-destination.ts';
import { loggerOptions } from './monitoring/logger-options.ts';
import { legacy, SERIES, type Series } from './monitoring/metrics/worker-series.ts';
import { SOURCES, WHOLE, wholeServer } from './monitoring/whole-server.ts';
import { warnOfSettings } from './start-up.ts';
import { version } from './version.ts';
import { Exchange } from './workers/exchange.ts';
import type { FromPrimary } from './workers/messages.ts';
import type { WorkersState } from './workers/peers.ts';
import { LOOK_NOW, topicOf } from './workers/watching.ts';
import { WorkerProcesses } from './workers/worker-processes.ts';

const LOOK_MS = 1000;
/** After that, alerts are sent of a server of which not all workers came up. */
const LONGEST_START_S = 30;
/** What a worker takes to end, after the time it has for its requests. */
const ENDING_MS = 2000;

/**
 * The primary process of several workers: starts and replaces them, watches PostgreSQL for all, carries what they ask of
 * each other, and sends the alerts. It takes no request itself.
 */
export async function runPrimary(config: Config): Promise<void> {
  const startedAt = new Date(Date.now() - process.uptime() * 1000);
  const output: LogDestination = new LogDestination((lines) => log.warn(`${lines} lines of the log were dropped`), {
    shared: true,
  });
  const log: Logger = pino(loggerOptions(config.logLevel), output);
  const exit = async (code: number): Promise<never> => {
    await output.end();
    process.exit(code);
  };
  warnOfSettings(config, log);

  const exchange = new Exchange({
    // Only workers of this very program answer.
    [SERIES]: (kept, last) => legacy(kept as Promise<Series> | undefined, last as Series),
  });
  const workers: WorkerProcesses = new WorkerProcesses({
    count: config.workers,
    // One key for all of them, also where it was made up at this start.
    environment: { JWT_SECRET: config.tokens.secret, WORKERS: String(config.workers) },
    log,
    onReady: (worker) => {
      exchange.add(worker);
      isStarted ||= workers.ready === config.workers;
    },
    onEnded: (worker) => exchange.remove(worker),
    onMessage: (worker, message) => {
      if (message.says === 'joining') for (const [server, told] of watch.told) worker.send(seen(server, told));
      else if (message.says === 'tells' && message.topic === LOOK_NOW) watch.lookNow(message.news);
      else void exchange.received(worker, message, state);
    },
    onOver: async (code) => {
      await Promise.all([watch.stop(), stopAlerts()]);
      await exit(code);
    },
  });
  const watch = new Watch(config.database, (server, told) => workers.tell(seen(server, told)));
  const state = (): WorkersState => ({
    ...{ configured: config.workers, ready: workers.ready, silent: exchange.silent },
    ...{ restarts: workers.restarts, startedAt, primaryAnswers: true },
  });

  let isStarted = false;
  let ending = false;
  let whole: HealthSources | undefined;
  setInterval(async () => {
    // Only workers of this very program answer.
    const [first, ...others] = (await exchange.gather(SOURCES)) as HealthSources[];
    if (first !== undefined) whole = wholeServer({ answers: [first, ...others], workers: state() });
    else if (whole !== undefined) whole = { ...whole, workers: state() };
    isStarted ||= workers.ready > 0 && process.uptime() > LONGEST_START_S;
    if (whole !== undefined) workers.tell({ says: 'news', topic: WHOLE, news: whole });
  }, LOOK_MS).unref();
  const stopAlerts =
    config.alertWebhook === undefined
      ? async () => {}
      : startAlerts({
          webhook: config.alertWebhook,
          sources: () => (isStarted && !ending ? whole : undefined),
          build: { version, revision: config.revision },
          log,
        });

  const end = (signal: NodeJS.Signals) => {
    if (ending) {
      workers.kill();
      return exit(1);
    }
    ending = true;
    log.info(`${signal}: the workers answer what is under way, then end (once more ends at once)`);
    setTimeout(() => {
      log.error(`ending with workers that have not ended within ${config.shutdownTimeoutMs + ENDING_MS} ms`);
      workers.kill();
      void exit(1);
    }, config.shutdownTimeoutMs + ENDING_MS).unref();
    workers.drain();
    return undefined;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal));
  process.on('uncaughtException', (error) => {
    log.fatal(
      { err: error },
      'unexpected error in the primary process: ending at once, the workers after their requests',
    );
    void exit(1);
  });

  workers.start();
  await watch.start();
}

function seen(server: string, told: Told): FromPrimary {
  return { says: 'news', topic: topicOf(server), news: told };
}
