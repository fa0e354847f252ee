import fastifyPostgres from '@fastify/postgres';
import fp from 'fastify-plugin';
import type { DatabaseConfig } from '../config/config.ts';
import type { BreakerEvent } from './breaker.ts';
import { Database } from './database.ts';
import type { Hold } from './hold.ts';
import { PrimaryProgress } from './lag.ts';
import { type IdentityObserver, PrimaryIdentity } from './primary-identity.ts';
import { decorateRequests } from './request-database.ts';
import { DatabaseServer, type ServerObserver } from './server.ts';
import type { Told } from './supervisor.ts';
import { TextClient } from './text-connection.ts';
import { connectionTo, PRIMARY, supervision, type WatchedServer, watchedServers } from './watched-servers.ts';

declare module 'fastify' {
  interface FastifyInstance {
    database: Database;
  }
}

export type DatabaseObserver = Omit<ServerObserver, 'breaker'> &
  IdentityObserver & {
    /** `server` is postgresql, the primary, or replica-1 and so on. */
    breaker(server: string, event: BreakerEvent): void;
    /** The breaker is held by hand, or not any more. */
    held(hold: Hold | undefined): void;
    holdUnreadable(error: unknown): void;
  };

/** Another process that watches the servers for several, and tells what it sees. */
export type Watcher = {
  /** Every look at the server of that name goes to `told`, from now on. */
  follow(server: string, told: (told: Told) => void): void;
  lookNow(server: string): void;
};

export type DatabasePluginOptions = {
  readonly config: DatabaseConfig;
  /** How long the work of one request may take, in milliseconds, from its first statement on. */
  readonly requestDeadlineMs: number;
  readonly observer: DatabaseObserver;
  /** Left out, this process watches for itself. */
  readonly watcher?: Watcher | undefined;
};

export { PRIMARY } from './watched-servers.ts';

const IDLE_MS = 60_000;

/** Lets @fastify/postgres own the pools, and puts the one `Database` in front of them. */
export const databasePlugin = fp<DatabasePluginOptions>(
  async (app, { config, requestDeadlineMs, observer, watcher }) => {
    const progress = new PrimaryProgress();
    const identity = new PrimaryIdentity(observer);

    const openServer = async (watched: WatchedServer): Promise<DatabaseServer> => {
      const { name } = watched;
      const isPrimary = name === PRIMARY;
      const [host] = watched.hosts;
      await app.register(fastifyPostgres, {
        ...connectionTo(config),
        ...host,
        ...(!isPrimary && { name }),
        application_name: 'steadfast',
        max: config.poolMax,
        connectionTimeoutMillis: config.connectTimeoutMs,
        idleTimeoutMillis: IDLE_MS,
        Client: TextClient,
      });
      const server: DatabaseServer = new DatabaseServer({
        host,
        pool: (isPrimary ? app.pg : (app.pg[name] ?? app.pg)).pool,
        limits: config,
        supervisor: {
          ...supervision(config, watched),
          ...(watcher !== undefined && { askForLook: () => watcher.lookNow(name) }),
          onSeen: (answer) => {
            server.moveTo(answer.host);
            if (!isPrimary) return;
            identity.seen(answer);
            const { position, timeline } = answer;
            if (position !== undefined) progress.record({ position, timeline });
          },
        },
        observer: { ...observer, breaker: (event) => observer.breaker(name, event) },
      });
      watcher?.follow(name, (told) => server.follow(told));
      return server;
    };

    const [watchedPrimary, ...watchedReplicas] = watchedServers(config);
    const primary = await openServer(watchedPrimary);
    const replicas = [];
    for (const watched of watchedReplicas) {
      replicas.push({ name: watched.name, server: await openServer(watched) });
    }
    const database = new Database({
      ...{ primary, replicas, progress },
      replicaMaxLagMs: config.replicaMaxLagMs,
      holdFile: config.holdFile,
      onHold: observer.held,
      onHoldUnreadable: observer.holdUnreadable,
    });
    app.decorate('database', database);
    decorateRequests(app, requestDeadlineMs);
    app.addHook('onClose', () => database.stop());
  },
  { name: 'database' },
);
