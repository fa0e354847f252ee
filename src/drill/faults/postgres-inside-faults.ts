import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ask } from '../ask.ts';
import { type Fault, type Lift, ORDINARY, POSTGRES_AWAY, POSTGRES_ILL, type Scene } from './fault.ts';

const END_OUR_CONNECTIONS = `
select pg_terminate_backend(pid)
from pg_stat_activity
where application_name like 'steadfast%'`;

/** Far more than the server has room for: see POSTGRES_PARAMETERS in stage.ts. */
const STRANGERS = 60;
const CROWD_EVERY_MS = 250;

/** From now on every statement that builds JSON, which is nearly every one, takes longer than it may. */
const SLOW_STATEMENTS = `
create schema slow;
create function slow.row_to_json(record) returns json language plpgsql as $$
begin
  perform pg_sleep(30);
  return pg_catalog.row_to_json($1);
end $$;
alter database steadfast set search_path = slow, public, pg_catalog;`;

const ORDINARY_STATEMENTS = `
alter database steadfast reset search_path;
drop schema slow cascade;`;

const HOLD_A_LOCK = 'begin; lock table articles in access exclusive mode';

/** What happens inside of PostgreSQL while it runs. */
export const postgresInsideFaults: readonly Fault[] = [
  {
    ...ORDINARY,
    name: 'postgres-back-ends-ended',
    sentence: 'All connections to PostgreSQL are ended at once (pg_terminate_backend).',
    lasts: false,
    expected: POSTGRES_ILL,
    begin: async ({ stage }) => {
      await ask(stage.servers.postgres.url, END_OUR_CONNECTIONS);
      return async () => {};
    },
  },
  {
    ...ORDINARY,
    name: 'postgres-too-many-connections',
    sentence: 'Strangers take every connection that PostgreSQL has, ours too.',
    expected: POSTGRES_AWAY,
    begin: crowdOut,
  },
  {
    ...ORDINARY,
    name: 'postgres-statement-timeouts',
    sentence: 'PostgreSQL answers probes, and every statement takes longer than statement_timeout allows.',
    expected: { ...POSTGRES_ILL, breaker: 'opens', noticedWithinMs: 4000, recoversWithinMs: 10_000 },
    begin: async ({ stage }) => {
      const { url } = stage.servers.postgres;
      await ask(url, SLOW_STATEMENTS);
      await ask(url, END_OUR_CONNECTIONS);
      return async () => {
        await ask(url, ORDINARY_STATEMENTS);
      };
    },
  },
  {
    ...ORDINARY,
    name: 'postgres-lock-held',
    sentence: 'Somebody holds a lock on the articles that lets nobody read or write them.',
    expected: { ...POSTGRES_ILL, recoversWithinMs: 5000 },
    begin: async ({ stage }) => {
      const client = await connect(stage.servers.postgres.url);
      await client.query(HOLD_A_LOCK);
      return () => client.end();
    },
  },
];

async function crowdOut({ stage }: Scene): Promise<Lift> {
  const { url } = stage.servers.postgres;
  const strangers: pg.Client[] = [await connect(url)];
  let crowding = true;
  const crowd = async () => {
    await strangers[0]?.query(END_OUR_CONNECTIONS);
    const missing = Array.from({ length: STRANGERS - strangers.length }, () => connect(url));
    for (const came of await Promise.allSettled(missing)) {
      if (came.status === 'fulfilled') strangers.push(came.value);
    }
  };
  await crowd();
  const goOn = async () => {
    while (crowding) {
      await sleep(CROWD_EVERY_MS);
      await crowd();
    }
  };
  const done = goOn();
  return async () => {
    crowding = false;
    await done;
    await Promise.all(strangers.map((stranger) => stranger.end()));
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'stranger' });
  client.on('error', () => {});
  await client.connect();
  return client;
}
