import { buildApp, type Steadfast } from './app.ts';
import { type Config, loadConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/problems.ts';
import { checkDatabase, StartRefused, startCache } from './start-up.ts';

/** The process: configuration, app, listen, start-up checks; then SIGTERM or SIGINT, drain, end. */
async function main(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const steadfast = await buildApp(config);
  endOnSignals(steadfast, config);
  endOnMistakes(steadfast);
  if (config.tokensAreEphemeral) {
    steadfast.app.log.warn('JWT_SECRET is not set: access tokens are good for this process only, until it ends');
  }
  try {
    await steadfast.app.listen({ host: config.host, port: config.port });
    await Promise.all([startCache(steadfast), checkDatabase(steadfast, config.database)]);
    steadfast.acceptTraffic();
    steadfast.app.log.info('ready: the start-up checks are over');
  } catch (error) {
    await steadfast.app.close();
    await steadfast.log.end();
    throw error;
  }
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

/** What goes on after a mistake, nobody knows. */
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
  console.error(inUse ? `${error.message}. Stop what listens there, or set PORT to another one.` : error);
  process.exit(1);
});
