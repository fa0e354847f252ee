import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config/config.ts';
import { migrate } from '../safety/migrations/migrate.ts';
import { seedSample } from '../safety/seed.ts';
import { startServers, type ThrowawayServers } from '../throwaway/servers.ts';
import { freePort, runShell } from '../throwaway/shell.ts';
import { startTcpProxy, type TcpProxy } from '../throwaway/tcp-proxy.ts';
import { ask } from './ask.ts';
import { type Instance, startInstance } from './instance.ts';
import { send } from './load/requester.ts';
import type { Material, Person } from './load/route.ts';
import { type Replicas, startReplicas } from './replicas.ts';

/** What every account of the sample blog has: see sql/sample-data.sql. */
const PASSWORD = 'steadfast-sample';

/** What is lost when a machine loses power is not what is shown here, and waiting for disks would only hide the rest. */
const POSTGRES_PARAMETERS = { fsync: 'off', max_connections: '40' };

/**
 * How the server reaches PostgreSQL and Redis: directly; through proxies that can be broken; a primary and its replica;
 * or two of which either may be the primary.
 */
export type Road = 'direct' | 'proxied' | 'replicated' | 'failover';

export type Stage = {
  readonly servers: ThrowawayServers;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy;
  /** Starts one server process, on `port` if given; what the drill has started it must stop. */
  startInstance(road: Road, port?: number): Promise<Instance>;
  /** What the load is about; its people are logged in by the first instance that is asked. */
  material(origin: string): Promise<Material>;
  /** A primary and its standby, started when they are first asked for. */
  replicas(): Promise<Replicas>;
  /** Where Steadfast's writes go to on that road, with the password. Never print it. */
  postgresUrl(road: Road): Promise<string>;
  /** The process id of PostgreSQL, where it is a process of this machine. */
  postgresPid(): number | undefined;
  /** Whatever was done to the servers is over after this: they run, and the network passes everything. */
  restore(): Promise<void>;
  remove(): Promise<void>;
};

/**
 * PostgreSQL and Redis for a while, with the sample blog, each with a proxy beside it. `settings` are what Steadfast runs
 * with beyond what it must know.
 */
export async function setStage(
  progress: (sentence: string) => void,
  settings: Readonly<Record<string, string>>,
): Promise<Stage> {
  const servers = await startServers({
    purpose: 'drill',
    postgresParameters: POSTGRES_PARAMETERS,
    progress,
  });
  const { postgres, redis } = servers;
  try {
    const { database } = loadConfig({ DATABASE_URL: postgres.url });
    await migrate(database, () => {});
    await seedSample(database);
    const [toPostgres, toRedis] = await Promise.all([startTcpProxy(postgres.port), startTcpProxy(redis.port)]);
    const secret = randomBytes(32).toString('hex');
    let startedReplicas: Promise<Replicas> | undefined;
    const replicas = () => {
      startedReplicas ??= startReplicas(POSTGRES_PARAMETERS);
      return startedReplicas;
    };
    const settingsOn = async (road: Road) => ({
      ...(await databaseOn(road)),
      REDIS_URL: road === 'proxied' ? throughPort(redis.url, toRedis.port) : redis.url,
      JWT_SECRET: secret,
      LOGIN_LIMIT_PER_MINUTE: '100000',
      // A guess that is taken back while Redis fails may stay counted, and here few accounts log in all the time.
      LOGIN_FAILURES_PER_ACCOUNT: '100000',
      ...settings,
    });
    const databaseOn = async (road: Road): Promise<Record<string, string>> => {
      if (road === 'direct') return { DATABASE_URL: postgres.url };
      if (road === 'proxied') return { DATABASE_URL: throughPort(postgres.url, toPostgres.port) };
      const both = await replicas();
      await both.caughtUp();
      const { primary, standby } = await both.roles();
      const hosts = [primary, standby].map(({ port }) => `127.0.0.1:${port}`);
      if (road === 'replicated') return { DATABASE_URL: primary.url, DB_REPLICA_HOSTS: hosts.slice(1).join() };
      const { username, password } = new URL(primary.url);
      return { DB_HOST: hosts.join(), DB_NAME: 'steadfast', DB_USER: username, DB_PASSWORD: password };
    };
    let material: Promise<Material> | undefined;
    return {
      ...{ servers, toPostgres, toRedis, replicas },
      postgresUrl: async (road) =>
        road === 'direct' || road === 'proxied' ? postgres.url : (await (await replicas()).roles()).primary.url,
      startInstance: async (road, port) =>
        startInstance(servers.folder, port ?? (await freePort()), await settingsOn(road)),
      material: (origin) => {
        material ??= findMaterial(postgres.url, origin);
        return material;
      },
      postgresPid: () => firstNumberIn(join(servers.folder, 'postgres', 'postmaster.pid')),
      restore: async () => {
        for (const proxy of [toPostgres, toRedis]) proxy.set('pass');
        for (const server of [postgres, redis]) {
          await runShell(server.commands.thaw).catch(() => {});
          await server.start();
        }
        await (await startedReplicas)?.restore();
      },
      remove: async () => {
        for (const proxy of [toPostgres, toRedis]) proxy.close();
        await Promise.all([servers.remove(), startedReplicas?.then(({ remove }) => remove())]);
      },
    };
  } catch (error) {
    await servers.remove();
    throw error;
  }
}

async function findMaterial(postgresUrl: string, origin: string): Promise<Material> {
  const column = async (text: string) => (await ask(postgresUrl, text)).map(({ value }) => String(value));
  const slugs = await column('select slug as value from articles order by id');
  const tags = await column('select name as value from tags order by article_count desc, name');
  const accounts = await ask(postgresUrl, 'select username, email from users order by id');
  const people: Person[] = [];
  for (const { username, email } of accounts) {
    const user = { email: String(email), password: PASSWORD };
    const { status, body } = await send(
      origin,
      { method: 'POST', path: '/api/users/login', body: { user } },
      10_000,
    );
    if (status !== 200) throw new Error(`${username} of the sample blog could not log in: ${status} ${body}`);
    const { token } = (JSON.parse(body) as { user: { token: string } }).user;
    people.push({ username: String(username), email: user.email, token });
  }
  return { people, password: PASSWORD, slugs, tags };
}

function firstNumberIn(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
}
