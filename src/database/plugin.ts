import fastifyPostgres from '@fastify/postgres';
import fp from 'fastify-plugin';
import type { DatabaseConfig } from '../config/config.ts';
import { connectionOptions } from '../config/database-address.ts';
import { Database, type DatabaseObserver } from './database.ts';

declare module 'fastify' {
  interface FastifyInstance {
    database: Database;
  }
}

const KEEP_ALIVE_MS = 10_000;
const IDLE_MS = 60_000;
const IDLE_IN_TRANSACTION_MS = 5_000;

/**
 * Each statement is planned once a connection, not once a call: its plan is right for all values (see
 * test/blog/plans.test.ts), and planning took longer than executing it. Just-in-time compilation would cost hundreds
 * of times what it saves: with the limit unknown a plan looks dear enough for it, and then reads twenty rows. The
 * figures are in docs/performance.md.
 */
const PLANNING = '-c plan_cache_mode=force_generic_plan -c jit=off';

/** Lets @fastify/postgres own the pool, and puts the one `Database` in front of it. */
export const databasePlugin = fp<{ config: DatabaseConfig; observer: DatabaseObserver }>(
  async (app, { config, observer }) => {
    const connection = {
      ...connectionOptions(config),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    };
    await app.register(fastifyPostgres, {
      ...connection,
      application_name: 'steadfast',
      options: PLANNING,
      max: config.poolMax,
      connectionTimeoutMillis: config.connectTimeoutMs,
      idleTimeoutMillis: IDLE_MS,
      lock_timeout: config.lockTimeoutMs,
      statement_timeout: config.statementTimeoutMs,
      query_timeout: config.queryTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    });
    const database = new Database({
      pool: app.pg.pool,
      poolMax: config.poolMax,
      queueMax: config.queueMax,
      queueTimeoutMs: config.queueTimeoutMs,
      breakerTimeoutMs: config.breakerTimeoutMs,
      supervisor: { connection, ...config.probe },
      observer,
    });
    app.decorate('database', database);
    app.addHook('onClose', () => database.stop());
  },
  { name: 'database' },
);
