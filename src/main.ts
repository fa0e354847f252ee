import { buildApp, type Steadfast } from './app.ts';
import { type Config, loadConfig, type MonitoringConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/problems.ts';
import { checkDatabase, StartRefused, startCache } from './start-up.ts';
import { startTracing } from './tracing/tracing.ts';
import { version } from './version.ts';

/** The process: configuration, app, listen, start-up checks; then SIGTERM or SIGINT, drain, end. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const config = loadConfig(environment);
  const steadfast = await buildApp(config, await startTracing(environment, version));
  endOnSignals(steadfast, config);
  endOnMistakes(steadfast);
  if (config.tokensAreEphemeral) {
    steadfast.app.log.warn('JWT_SECRET is not set: access tokens are good for this process only, until it ends');
  }
  if (config.environment === 'production' && isOpen(config.monitoring)) {
    steadfast.app.log.warn(
      '/metrics and /api/monitoring are open to whoever reaches this port: set MONITORING_TOKEN or MONITORING_PORT, ' +
        'or see that no proxy lets them through',
    );
  }
  try {
    await steadfast.app.listen({ host: config.host, port: config.port });
    await steadfast.app.listenForMonitoring(config.host);
    await Promise.all([startCache(steadfast), checkDatabase(steadfast, config.database)]);
    steadfast.acceptTraffic();
    steadfast.app.log.info('ready: the start-up checks are over');
  } catch (error) {
    await steadfast.app.close();
    await steadfast.log.end();
    throw error;
  }
}

function isOpen({ token, port }: MonitoringConfig): boolean {
  return token === undefined && port === undefined;
}

function endOnSignals(steadfast: Steadfast, config: Config): void {
  const { app } = steadfast;
  let ending = false;
  const end = async (signal: NodeJS.Signals) => {
    if (ending) return exit(steadfast, 1);
    ending = true;
    app.log.info(`${signal}: answering what is under way, then ending (once more ends at once)`);
    setTimeout(() => {
      app.log.error(`ending without having finished within ${config.shutdownTimeoutMs} ms`);
      void exit(steadfast, 1);
    }, config.shutdownTimeoutMs).unref();
    await app.drain(config.shutdownTimeoutMs);
    await app.close();
    return exit(steadfast, 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal));
}

/** Node.js would print the error as it is, with whatever hangs on it. What goes on after a mistake, nobody knows. */
function endOnMistakes(steadfast: Steadfast): void {
  process.on('uncaughtException', (error) => {
    steadfast.app.log.fatal({ err: error }, 'unexpected error outside of any request: ending at once');
    void exit(steadfast, 1);
  });
}

/** The only way out once there is a log: whoever reads it late, or never, is waited for a second and no longer. */
async function exit({ log }: Steadfast, code: number): Promise<never> {
  await log.end();
  process.exit(code);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError || error instanceof StartRefused) {
    console.error(error.message);
    process.exit(EXIT_CONFIGURATION);
  }
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  console.error(
    inUse ? `${error.message}. Stop what listens there, or set another port (PORT, MONITORING_PORT).` : error,
  );
  process.exit(1);
});
