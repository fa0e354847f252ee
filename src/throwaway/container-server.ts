import { Client } from 'pg';
import type { ThrowawayServer } from './server.ts';
import { eventually, freePort, run } from './shell.ts';

/** True when a Docker engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 5000 }).then(
    (version) => version !== '',
    () => false,
  );
}

type ContainerOptions = {
  readonly name: string;
  readonly image: string;
  readonly innerPort: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly url: (port: number) => string;
  readonly answers: (url: string) => Promise<void>;
};

const START_LIMIT_MS = 60_000;

async function createContainerServer(options: ContainerOptions): Promise<ThrowawayServer> {
  const { name, image } = options;
  const port = await freePort();
  const url = options.url(port);
  let created = false;
  return {
    description: `${image}, in Docker`,
    url,
    port,
    commands: {
      kill: `docker kill ${name}`,
      freeze: `docker pause ${name}`,
      thaw: `docker unpause ${name}`,
    },
    start: async () => {
      if (created) {
        await run('docker', ['start', name]);
      } else {
        created = true;
        await run('docker', ['network', 'create', name]);
        await run(
          'docker',
          [
            ...['run', '--detach', '--name', name, '--network', name],
            ...['--publish', `127.0.0.1:${port}:${options.innerPort}`],
            // Named only here: Docker takes the values from our environment, not from the command line.
            ...Object.keys(options.environment).flatMap((variable) => ['--env', variable]),
            image,
            ...options.command,
          ],
          { environment: { ...process.env, ...options.environment }, timeoutMs: 300_000 },
        );
      }
      await eventually(() => options.answers(url), START_LIMIT_MS, 200);
    },
    stop: async () => {
      if (!created) return;
      // One after the other, and both: a start that failed may have made only one of them.
      await run('docker', ['rm', '--force', '--volumes', name]).catch(() => {});
      await run('docker', ['network', 'rm', name]).catch(() => {});
    },
  };
}

/** PostgreSQL in a container of its own, by the official image or what POSTGRES_IMAGE names. */
export function createPostgresContainer(name: string, password: string): Promise<ThrowawayServer> {
  return createContainerServer({
    name: `${name}-postgres`,
    image: process.env.POSTGRES_IMAGE ?? 'postgres:17-alpine',
    innerPort: 5432,
    environment: { POSTGRES_USER: 'steadfast', POSTGRES_DB: 'steadfast', POSTGRES_PASSWORD: password },
    command: [],
    url: (port) => `postgres://steadfast:${password}@127.0.0.1:${port}/steadfast`,
    answers: async (url) => {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
      client.on('error', () => {});
      try {
        await client.connect();
      } finally {
        await client.end().catch(() => {});
      }
    },
  });
}

const REDIS_CONFIGURATION = 'requirepass %s\\nsave ""\\nmaxmemory-policy allkeys-lru\\n';

/** Redis in a container of its own, by the official image or what REDIS_IMAGE names. */
export function createRedisContainer(
  name: string,
  password: string,
  ping: (port: number, password: string) => Promise<void>,
): Promise<ThrowawayServer> {
  return createContainerServer({
    name: `${name}-redis`,
    image: process.env.REDIS_IMAGE ?? 'redis:7-alpine',
    innerPort: 6379,
    environment: { REDIS_PASSWORD: password },
    // Through standard input, because every user of the machine can read command lines.
    command: ['sh', '-c', `printf '${REDIS_CONFIGURATION}' "$REDIS_PASSWORD" | redis-server -`],
    url: (port) => `redis://:${password}@127.0.0.1:${port}`,
    answers: (url) => ping(Number(new URL(url).port), password),
  });
}
