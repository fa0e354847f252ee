import { availableParallelism } from 'node:os';
import Fastify from 'fastify';
import { databasePlugin } from '../../src/database/plugin.ts';
import { withConnection } from '../../src/safety/connection.ts';
import { startServers, type ThrowawayServers } from '../../src/throwaway/servers.ts';
import { run } from '../../src/throwaway/shell.ts';
import { type Comparison, compare, type Effort } from '../comparison.ts';
import { createBlog } from './blog.ts';
import { type DepthResult, measureDepth } from './depth.ts';
import type { Opened } from './opened.ts';
import { type Plan, planOf } from './plans.ts';
import { READS, type Read } from './reads.ts';
import { startUncached } from './server.ts';

const SMALL = 1000;
const EFFORT: Effort = { rounds: 7, calls: 200, roundMs: 400 };

/** PostgreSQL as for both sizes alike; how fast its disk is must not matter to what is read from memory. */
const POSTGRES = { shared_buffers: '4GB', max_wal_size: '4GB', fsync: 'off', full_page_writes: 'off' };

export type ReadResult = {
  readonly name: string;
  readonly statement: string;
  /** `Database.query`, on one connection: the small blog, the large one, and large to small. */
  readonly query: Comparison;
  /** The same with the same values each time: what it reads is then in the processor's caches. */
  readonly again: Comparison;
  /** One GET on a keep-alive connection to the program without a cache; not for what has no route of its own. */
  readonly http?: Comparison;
  readonly plans: { readonly small: Plan; readonly large: Plan };
};

export type GrowthResult = {
  readonly small: number;
  readonly large: number;
  readonly postgres: string;
  readonly settings: typeof POSTGRES;
  readonly effort: Effort;
  readonly reads: readonly ReadResult[];
  readonly depth: DepthResult;
};

type Progress = (sentence: string) => void;

/** Measures every read on a blog of 1,000 articles and on one of `large`, side by side on one PostgreSQL. */
export async function growth(large: number, cleanUp: CleanUp, progress: Progress): Promise<GrowthResult> {
  await onOneProcessor(cleanUp, progress);
  const servers = await startServers({ purpose: 'bench', postgresParameters: POSTGRES, progress });
  cleanUp(() => servers.remove());
  const a = await open(servers, SMALL, cleanUp, progress);
  const b = await open(servers, large, cleanUp, progress);
  const reads: ReadResult[] = [];
  for (const read of READS) {
    const result = await measureRead(read, a, b);
    reads.push(result);
    progress(`${read.name}: × ${result.query.ratio.median.toFixed(2)}`);
  }
  const depth = await measureDepth(b, EFFORT, progress);
  const { description } = servers.postgres;
  return { small: SMALL, large, postgres: description, settings: POSTGRES, effort: EFFORT, reads, depth };
}

/**
 * Everything measured runs by turns anyway. On one processor each call wakes the other side in the same way; on several
 * a call takes half or twice the time for where the system happened to put the two.
 */
async function onOneProcessor(cleanUp: CleanUp, progress: Progress): Promise<void> {
  const last = availableParallelism() - 1;
  const runOn = (processors: string) =>
    run('taskset', ['--all-tasks', '--pid', '--cpu-list', processors, String(process.pid)]);
  await runOn(String(last)).then(
    () => cleanUp(async () => void (await runOn(`0-${last}`))),
    () => progress('There is no taskset here: expect more spread'),
  );
}

export type CleanUp = (task: () => Promise<void> | void) => void;

async function open(
  servers: ThrowawayServers,
  articles: number,
  cleanUp: CleanUp,
  progress: Progress,
): Promise<Opened> {
  const blog = await createBlog(servers.postgres.url, articles, progress);
  const app = Fastify();
  const observer = {
    statement() {},
    breaker() {},
    waited() {},
    shed() {},
    held() {},
    holdUnreadable() {},
    promoted() {},
    replaced() {},
  };
  await app.register(databasePlugin, { config: blog.database, requestDeadlineMs: 60_000, observer });
  await app.ready();
  cleanUp(() => app.close());
  await app.database.start();
  const server = await startUncached(blog.url, servers.folder);
  cleanUp(() => server.stop());
  const any = (largest: number) => 1 + Math.floor(Math.random() * Math.max(1, Math.floor(largest)));
  return { ...blog, query: app.database.query.bind(app.database), server, pick: { ...blog, any } };
}

async function measureRead(read: Read, a: Opened, b: Opened): Promise<ReadResult> {
  const { name, statement, path, viewer } = read;
  const query = await compare(queryOf(read, a), queryOf(read, b), EFFORT);
  const again = await compare(queryOf(withSameValues(read, a), a), queryOf(withSameValues(read, b), b), EFFORT);
  const get = ({ server, pick }: Opened) => {
    const values = read.values(pick);
    const reader = viewer === undefined ? undefined : String(values[viewer]);
    return server.get(path?.(values) ?? '', reader);
  };
  const http =
    path &&
    (await compare(
      () => get(a),
      () => get(b),
      EFFORT,
    ));
  const plans = { small: await plan(read, a), large: await plan(read, b) };
  return { name, statement: statement.name, query, again, ...(http && { http }), plans };
}

function withSameValues(read: Read, { pick }: Opened): Read {
  const values = read.values(pick);
  return { ...read, values: () => values };
}

/** One call of the statement alone. A read without an answer would be measured for nothing. */
function queryOf({ name, statement, values }: Read, { query, pick }: Opened): () => Promise<void> {
  return async () => {
    const text = await query(statement, values(pick));
    if (text === null) throw new Error(`${name}: no answer`);
  };
}

function plan({ statement, values }: Read, { database, pick }: Opened): Promise<Plan> {
  return withConnection(database, (client) => planOf(client, statement, values(pick)));
}
