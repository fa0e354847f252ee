import { withArguments } from './config/arguments.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION, StartRefused } from './config/problems.ts';

/** The process: its configuration, and what it is by that. Of several, the first starts the others and serves nobody. */
async function main(): Promise<void> {
  const environment = withArguments(readEnvironment(), process.argv.slice(2));
  const config = loadConfig(environment);
  if (config.workers > 1) {
    const { default: cluster } = await import('node:cluster');
    if (cluster.isPrimary) {
      const { runPrimary } = await import('./primary.ts');
      return runPrimary(config);
    }
    const { serveAsWorker } = await import('./serve.ts');
    return serveAsWorker(config, environment);
  }
  const { serve } = await import('./serve.ts');
  return serve(config, environment);
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
