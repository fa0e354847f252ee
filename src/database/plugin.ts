import fastifyPostgres from '@fastify/postgres';
import fp from 'fastify-plugin';
import type { DatabaseConfig } from '../config/config.ts';
import { connectionOptions } from '../config/database-address.ts';
import type { HostPort } from '../config/host-list.ts';
import type { BreakerEvent } from './breaker.ts';
import { Database } from './database.ts';
import type { Hold } from './hold.ts';
import { PrimaryProgress } from './lag.ts';
import { type IdentityObserver, PrimaryIdentity } from './primary-identity.ts';
import { PrimarySearch } from './primary-search.ts';
import { decorateRequests } from './request-database.ts';
import { DatabaseServer, type ServerObserver } from './server.ts';
import { asOptions, PLANNING, sessionLimits } from './session-settings.ts';

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

export type DatabasePluginOptions = {
  readonly config: DatabaseConfig;
  /** How long the work of one request may take, in milliseconds, from its first statement on. */
  readonly requestDeadlineMs: number;
  readonly observer: DatabaseObserver;
};

export const PRIMARY = 'postgresql';

const KEEP_ALIVE_MS = 10_000;
const IDLE_MS = 60_000;
const WATCH_MS = 1000;
/** Where there are replicas, how far everybody has come must be known more exactly. */
const WATCH_REPLICATION_MS = 250;

/** Lets @fastify/postgres own the pools, and puts the one `Database` in front of them. */
export const databasePlugin = fp<DatabasePluginOptions>(
  async (app, { config, requestDeadlineMs, observer }) => {
    const connection = {
      ...connectionOptions(config),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      // PgBouncer refuses them: there they are the role's (session-settings.ts).
      ...(config.pooler === 'none' && { options: asOptions({ ...sessionLimits(config), ...PLANNING }) }),
    };
    const progress = new PrimaryProgress();
    const identity = new PrimaryIdentity(observer);

    const openServer = async (name: string, hosts: readonly [HostPort, ...HostPort[]]): Promise<DatabaseServer> => {
      const isPrimary = name === PRIMARY;
      const [host] = hosts;
      await app.register(fastifyPostgres, {
        ...connection,
        ...host,
        ...(!isPrimary && { name }),
        application_name: 'steadfast',
        max: config.poolMax,
        connectionTimeoutMillis: config.connectTimeoutMs,
        idleTimeoutMillis: IDLE_MS,
        query_timeout: config.queryTimeoutMs,
      });
      const server: DatabaseServer = new DatabaseServer({
        host,
        pool: (isPrimary ? app.pg : (app.pg[name] ?? app.pg)).pool,
        limits: config,
        supervisor: {
          prober: (onLost) =>
            new PrimarySearch({
              ...{ connection, hosts, timeoutMs: config.probe.timeoutMs, onLost },
              onMoved: (moved) => server.moveTo(moved),
            }),
          watchMs: config.replicas.length > 0 ? WATCH_REPLICATION_MS : WATCH_MS,
          minMs: config.probe.minMs,
          maxMs: config.probe.maxMs,
          onSeen: (answer) => {
            if (!isPrimary) return;
            identity.seen(answer);
            const { position, timeline } = answer;
            if (position !== undefined) progress.record({ position, timeline });
          },
        },
        observer: { ...observer, breaker: (event) => observer.breaker(name, event) },
      });
      return server;
    };

    const primary = await openServer(PRIMARY, config.hosts);
    const replicas = [];
    for (const [index, host] of config.replicas.entries()) {
      const name = `replica-${index + 1}`;
      replicas.push({ name, server: await openServer(name, [host]) });
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
