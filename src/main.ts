import { withArguments } from './config/arguments.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION, StartRefused } from './config/problems.ts';

/** The process: its configuration, and what it is by that. Of several, the first starts the others and serves nobody. */
async function main(): Promise<void> {
  const isWorker = await isWorkerProcess();
  // A worker takes what the primary handed down: .env may be another by now.
  const environment = withArguments(isWorker ? process.env : readEnvironment(), process.argv.slice(2));
  const config = loadConfig(environment);
  if (isWorker) {
    const { serveAsWorker } = await import('./serve.ts');
    return serveAsWorker(config, environment);
  }
  if (config.workers > 1) {
    const { runPrimary } = await import('./primary.ts');
    return runPrimary(config);
  }
  const { serve } = await import('./serve.ts');
  return serve(config, environment);
}

/** Only who was started with a channel can be one: nobody else has to load node:cluster for it. */
async function isWorkerProcess(): Promise<boolean> {
  return process.send !== undefined && (await import('node:cluster')).default.isWorker;
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
