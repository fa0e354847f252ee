import { signOf } from './elements.js';
import { bytes, count, counted, duration, milliseconds, percent, since, time, until } from './words.js';

const PROBLEMS = {
  credentials: 'it refuses our user or password',
  'no-such-database': 'it has no database of that name',
  'no-primary': 'no server is the primary',
  pooler: 'a PgBouncer answers in its place',
  unreachable: 'it cannot be reached',
};
const TONE_OF_CHECK = { pass: 'good', warn: 'warning', fail: 'bad' };

/** What each card says of the server's sections: how it is, in a tone and a few words, and the figures behind it. */
export const CARDS = {
  database({ database }, now) {
    const { breaker, state, lastSeenUpAt, problem } = database;
    const facts = [
      ['Breaker', `${breaker.state} since ${since(breaker.since, now)}`],
      ['Next probe', until(database.nextProbeAt, now)],
      ['Last answer', lastSeenUpAt === null ? 'never' : since(lastSeenUpAt, now), took(database.latencyMs)],
      ['Last 10 s', `${counted(breaker.calls, 'call')}, ${count(breaker.failures)} failed`],
      [
        'Server',
        database.host,
        `${database.name}, PostgreSQL ${database.version?.split(' ')[0] ?? 'of unknown version'}`,
      ],
    ];
    if (problem !== null) facts.unshift(['Problem', PROBLEMS[problem]]);
    if (breaker.held !== null) facts.unshift(['Held by hand', breaker.held.state, breaker.held.reason]);
    if (breaker.state === 'open') return { tone: 'bad', badge: 'not asked', facts };
    if (state === 'unknown') return { tone: 'neutral', badge: 'not asked yet', facts };
    if (state === 'down') return { tone: 'bad', badge: 'away', facts };
    if (breaker.held !== null) return { tone: 'warning', badge: 'held closed', facts };
    return database.readOnly
      ? { tone: 'warning', badge: 'read-only', facts }
      : { tone: 'good', badge: 'answers', facts };
  },

  pool({ pool }) {
    const { max, used, idle, waiting, limit } = pool;
    return {
      tone: waiting > 0 ? 'warning' : 'good',
      badge: waiting > 0 ? `${counted(waiting, 'call')} waiting` : 'no queue',
      facts: [
        ['In use', counted(used, 'connection'), `of ${max}`],
        ['Idle', counted(idle, 'connection')],
        ['Waiting', counted(waiting, 'call')],
        ['At once', `${counted(limit, 'call')} at most`, limit < max ? `of ${max}, while the load comes back` : ''],
      ],
    };
  },

  cache({ cache: { memory, redis } }, now) {
    const isUp = redis.state === 'up';
    return {
      tone: isUp ? 'good' : 'bad',
      badge: isUp ? 'Redis answers' : 'Redis is away',
      facts: [
        ['In memory', ...ratio(memory)],
        [
          'It holds',
          counted(memory.entries, 'entry', 'entries'),
          `${bytes(memory.bytes)} of ${bytes(memory.maxBytes)}`,
        ],
        ['In Redis', ...ratio(redis)],
        ['Redis', `${isUp ? 'answers' : 'away'} since ${since(redis.since, now)}`],
      ],
    };
  },

  replicas({ replicas }) {
    const out = replicas.filter(({ usable }) => !usable).length;
    if (replicas.length === 0) {
      return {
        tone: 'neutral',
        badge: 'none',
        facts: [['Reads', 'the primary answers them', 'DB_REPLICA_HOSTS names replicas']],
      };
    }
    return {
      tone: out === 0 ? 'good' : 'warning',
      badge: out === 0 ? 'all answer reads' : `${out} of ${replicas.length} left out`,
      facts: replicas.map(({ name, host, usable, state, lagMs, breaker, problem }) => [
        `${usable ? signOf('good') : signOf('bad')} ${name}`,
        usable ? 'answers reads' : (PROBLEMS[problem] ?? `left out, breaker ${breaker.state}`),
        `${lagMs === null || state !== 'up' ? 'lag unknown' : `${milliseconds(lagMs)} behind`}, ${host}`,
      ]),
    };
  },

  schema({ schema, health, database }, now) {
    if (schema === null) return { tone: 'neutral', badge: 'not seen yet', facts: [] };
    const { valid, state, message, tableCounts, checkedAt, emptied } = schema;
    const rows = Object.entries(tableCounts);
    return {
      ...schemaBadge(schema, health.checks, database.state === 'up'),
      facts: [
        ['Migrations', valid ? message : `${state}, see above`],
        [
          'Rows',
          `${count(rows.reduce((sum, [, number]) => sum + number, 0))} in ${counted(rows.length, 'table')}`,
          rows.map(([table, number]) => `${table} ${count(number)}`).join(', '),
        ],
        ['Emptied', emptied.length === 0 ? 'no table' : emptied.join(', ')],
        ['Looked at', since(checkedAt, now)],
      ],
    };
  },

  backups({ backups, health }, now) {
    const check = health.checks.backup;
    const tone = TONE_OF_CHECK[check.status];
    if (backups === null) return { tone: 'neutral', badge: 'not seen yet', facts: [] };
    const { last, lastVerifiedAt, nextAt, scheduleSeenAt } = backups;
    return {
      tone: last === null && tone === 'good' ? 'neutral' : tone,
      badge: last === null ? 'none yet' : tone === 'good' ? 'in order' : 'needs a look',
      facts: [
        [
          'Last backup',
          last === null ? 'none' : since(last.takenAt, now),
          last === null
            ? ''
            : `${bytes(last.bytes)}, took ${last.durationMs < 10_000 ? milliseconds(last.durationMs) : duration(last.durationMs)}`,
        ],
        [
          'Last proven',
          lastVerifiedAt === null ? 'never' : since(lastVerifiedAt, now),
          lastVerifiedAt === null ? '' : 'by restoring it',
        ],
        ['Next', nextAt === null ? 'not planned' : time(nextAt, now)],
        ['Schedule', scheduleSeenAt === null ? 'never seen' : `seen ${since(scheduleSeenAt, now)}`],
      ],
    };
  },

  process({ process }, now) {
    return {
      tone: process.accepting ? 'good' : 'warning',
      badge: process.accepting ? 'takes traffic' : 'starting or ending',
      facts: [
        [
          'Running',
          `for ${duration(now - new Date(process.startedAt).getTime())}`,
          `since ${time(process.startedAt, now)}`,
        ],
        ['Processor', percent(process.processor, 1), `event loop busy ${percent(process.eventLoop, 1)}`],
        ['Memory', bytes(process.memoryBytes)],
        ['Version', process.version, `revision ${process.revision}, Node ${process.node}`],
        ['Open pages', count(process.listeners)],
        ...(process.workers === 1
          ? []
          : [['Worker', `${process.pid}, of ${process.workers}`, 'requests, hits, errors and events are its own']]),
      ],
    };
  },
};

function schemaBadge({ valid, state, emptied }, checks, isUp) {
  if (!valid) return { tone: 'bad', badge: `schema ${state}` };
  if (emptied.length > 0) return { tone: 'bad', badge: 'suddenly empty' };
  if (!isUp) return { tone: 'neutral', badge: 'as last seen' };
  if (checks.schema.status !== 'pass') return { tone: 'warning', badge: 'more than there should be' };
  if (checks.data.status !== 'pass') return { tone: 'warning', badge: 'look at the data' };
  return { tone: 'good', badge: 'in order' };
}

function ratio({ lookups, hits }) {
  if (lookups === 0) return ['not asked', 'in the last minute'];
  return [`${percent(hits / lookups, 1)} found`, `of ${counted(lookups, 'look-up')}/min`];
}

function took(latencyMs) {
  return latencyMs === null ? '' : `took ${milliseconds(latencyMs)}`;
}
