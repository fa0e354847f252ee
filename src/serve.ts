import { buildApp, type Steadfast } from './app.ts';
import type { Config, Environment } from './config/config.ts';
import { checkDatabase, startCache, warnOfSettings } from './start-up.ts';
import { startTracing } from './tracing/start-tracing.ts';
import { version } from './version.ts';
import { shareOf } from './workers/share.ts';
import { becomeWorker, type Worker } from './workers/worker.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** This process is the whole server: app, listen, start-up checks; then SIGTERM or SIGINT, drain, end. */
export async function serve(config: Config, environment: Environment): Promise<void> {
  const steadfast = await buildApp(config, await startTracing(environment, version));
  const { app } = steadfast;
  endOnMistakes(steadfast);
  const ending = new Ending(steadfast, config.shutdownTimeoutMs);
  for (const signal of SIGNALS) process.on(signal, () => void ending.signalled(signal));
  warnOfSettings(config, app.log);
  await orClose(steadfast, async () => {
    await listen(steadfast, config);
    await check(steadfast, config);
    app.log.info('ready: the start-up checks are over');
  });
}

/** This process is one of several (src/primary.ts): it listens when it is ready, and ends when the primary says so. */
export async function serveAsWorker(whole: Config, environment: Environment): Promise<void> {
  const config = shareOf(whole);
  let ending: Ending | undefined;
  const end = (why: string) => (ending === undefined ? process.exit(1) : void ending.begin(why));
  const worker: Worker = becomeWorker(config.workers, {
    onDrain: () => end('the primary process ends'),
    onOrphaned: () => end('the primary process has ended, and with it the port'),
  });
  const steadfast = await buildApp(config, await startTracing(environment, version), worker);
  const { app } = steadfast;
  endOnMistakes(steadfast);
  ending = new Ending(steadfast, config.shutdownTimeoutMs);
  // Where it is sent to all processes, the primary says which is the second.
  process.on('SIGTERM', () => void (process.connected ? ending?.begin('SIGTERM') : ending?.signalled('SIGTERM')));
  // A terminal sends it to all processes: the primary says what is to be done.
  process.on('SIGINT', () => {});
  await orClose(steadfast, async () => {
    await app.ready();
    worker.join();
    await check(steadfast, config);
    await listen(steadfast, config);
    worker.ready();
    app.log.info('ready: the start-up checks are over');
  });
}

async function listen({ app }: Steadfast, config: Config): Promise<void> {
  await app.listen({ host: config.host, port: config.port });
  await app.listenForMonitoring(config.host);
}

async function check(steadfast: Steadfast, config: Config): Promise<void> {
  await Promise.all([startCache(steadfast), checkDatabase(steadfast, config.database)]);
  steadfast.acceptTraffic();
}

async function orClose({ app, log }: Steadfast, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    await app.close();
    await log.end();
    throw error;
  }
}

/** The end of the process in good order, which begins once. */
class Ending {
  readonly #steadfast: Steadfast;
  readonly #limitMs: number;
  #begun = false;

  constructor(steadfast: Steadfast, limitMs: number) {
    this.#steadfast = steadfast;
    this.#limitMs = limitMs;
  }

  /** The second signal ends at once. */
  signalled(signal: NodeJS.Signals): Promise<void> {
    return this.#begun ? exit(this.#steadfast, 1) : this.begin(`${signal}`);
  }

  async begin(why: string): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    const { app } = this.#steadfast;
    app.log.info(`${why}: answering what is under way, then ending (once more ends at once)`);
    setTimeout(() => {
      app.log.error(`ending without having finished within ${this.#limitMs} ms`);
      void exit(this.#steadfast, 1);
    }, this.#limitMs).unref();
    await app.drain(this.#limitMs);
    await app.close();
    await exit(this.#steadfast, 0);
  }
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
