import { withArguments } from './config/arguments.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION, StartRefused } from './config/problems.ts';

const UNKNOWN_NAME = 'That name cannot be found: set HOST to an address of this machine, or to 0.0.0.0 for all.';
const LISTENING: ReadonlySet<unknown> = new Set(['getaddrinfo', 'bind', 'listen']);
const CANNOT_LISTEN: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'Stop what listens there, or set another port (PORT, MONITORING_PORT).'],
  ['EACCES', 'This user may not listen there: set a port of 1024 or more (PORT, MONITORING_PORT).'],
  ['EADDRNOTAVAIL', 'This machine does not have that address: set HOST to one that it has, or to 0.0.0.0 for all.'],
  ['ENOTFOUND', UNKNOWN_NAME],
  ['EAI_AGAIN', UNKNOWN_NAME],
]);

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
  console.error(explain(error));
  process.exit(1);
});

function explain(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const advice = LISTENING.has(error.syscall) ? CANNOT_LISTEN.get(error.code) : undefined;
  return advice === undefined ? error : `${error.message}. ${advice}`;
}
