import { find, make, setAttribute, setBadge, setChildren, setFacts, setText, signOf } from './elements.js';
import { bytes, count, counted, duration, milliseconds, percent, since, time, until } from './words.js';

const PROBLEMS = {
  credentials: 'it refuses our user or password',
  'no-such-database': 'it has no database of that name',
  'no-primary': 'no server is the primary',
  pooler: 'a PgBouncer answers in its place',
  unreachable: 'it cannot be reached',
};
const TONE_OF_CHECK = { pass: 'good', warn: 'warning', fail: 'bad' };

/** Each part of the whole in its card: a badge that says how it is, and the figures behind it. */
export function showPanels({ sections, events, now }) {
  showBreaker(sections.database.breaker);
  showPoolBar(sections.pool);
  for (const [id, describe] of Object.entries(CARDS)) {
    const { tone, badge, facts } = describe(sections, now);
    const card = find(id);
    setBadge(card.querySelector('.badge'), tone, badge);
    setFacts(card.querySelector('dl'), facts);
  }
  showErrors(sections.errors, now);
  showEvents(events, now);
}

const CARDS = {
  database({ database }, now) {
    const { breaker, state, lastSeenUpAt, problem } = database;
    const facts = [
      ['Breaker', `${breaker.state} since ${since(breaker.since, now)}`],
      ['Next probe', until(database.nextProbeAt, now)],
      ['Last answer', lastSeenUpAt === null ? 'never' : since(lastSeenUpAt, now), took(database.latencyMs)],
      ['Last 10 s', `${counted(breaker.calls, 'call')}, ${count(breaker.failures)} failed`],
      ['Server', database.host, `${database.name}, PostgreSQL ${database.version ?? 'of unknown version'}`],
    ];
    if (problem !== null) facts.unshift(['Problem', PROBLEMS[problem]]);
    if (breaker.held !== null) facts.unshift(['Held by hand', breaker.held.state, breaker.held.reason]);
    if (breaker.state === 'half-open') return { tone: 'warning', badge: 'being probed', facts };
    if (breaker.state === 'open') return { tone: 'bad', badge: 'not asked', facts };
    if (state === 'unknown') return { tone: 'neutral', badge: 'not asked yet', facts };
    if (state === 'down') return { tone: 'bad', badge: 'away', facts };
    return database.readOnly
      ? { tone: 'warning', badge: 'read-only', facts }
      : { tone: 'good', badge: 'answers', facts };
  },

  pool({ pool }) {
    const { max, used, idle, waiting, limit } = pool;
    return {
      tone: waiting > 0 ? 'warning' : 'good',
      badge: waiting > 0 ? `${counted(waiting, 'call')} waiting` : 'nobody waits',
      facts: [
        ['In use', counted(used, 'connection'), `of ${max}`],
        ['Idle', counted(idle, 'connection')],
        ['Waiting', counted(waiting, 'call')],
        ['At work at once', `${limit} at most`, limit < max ? `of ${max}, while the load comes back` : ''],
      ],
    };
  },

  cache({ cache: { memory, redis } }, now) {
    const isUp = redis.state === 'up';
    return {
      tone: isUp ? 'good' : 'bad',
      badge: isUp ? 'Redis answers' : 'Redis is away',
      facts: [
        ['Memory answers', ...ratio(memory)],
        [
          'It holds',
          counted(memory.entries, 'entry', 'entries'),
          `${bytes(memory.bytes)} of ${bytes(memory.maxBytes)}`,
        ],
        ['Redis answers', ...ratio(redis)],
        [isUp ? 'Redis is there' : 'Redis is away', `since ${since(redis.since, now)}`],
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
      facts: replicas.map(({ name, host, usable, lagMs, breaker, problem }) => [
        `${usable ? signOf('good') : signOf('bad')} ${name}`,
        usable ? 'answers reads' : (PROBLEMS[problem] ?? `left out, breaker ${breaker.state}`),
        `${lagMs === null ? 'lag unknown' : `${milliseconds(lagMs)} behind`}, ${host}`,
      ]),
    };
  },

  schema({ schema, health }, now) {
    if (schema === null) return { tone: 'neutral', badge: 'not seen yet', facts: [] };
    const { valid, message, tableCounts, checkedAt, emptied } = schema;
    const rows = Object.entries(tableCounts);
    const dataIsWell = health.checks.data.status === 'pass';
    const tone =
      !valid || health.checks.data.status === 'fail'
        ? 'bad'
        : dataIsWell && health.checks.schema.status === 'pass'
          ? 'good'
          : 'warning';
    return {
      tone,
      badge: !valid
        ? `schema ${schema.state}`
        : dataIsWell
          ? 'as it should be'
          : emptied.length > 0
            ? 'suddenly empty'
            : 'look at the data',
      facts: [
        ['Migrations', message],
        ['Rows', rows.map(([table, number]) => `${table} ${count(number)}`).join(', ')],
        ['Suddenly empty', emptied.length === 0 ? 'no table' : emptied.join(', ')],
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
          last === null ? '' : `${bytes(last.bytes)}, took ${duration(last.durationMs)}`,
        ],
        [
          'Last proven',
          lastVerifiedAt === null ? 'never' : since(lastVerifiedAt, now),
          lastVerifiedAt === null ? '' : 'by restoring it',
        ],
        ['Next', nextAt === null ? 'not planned' : time(nextAt, now)],
        ['Schedule seen', scheduleSeenAt === null ? 'never' : since(scheduleSeenAt, now)],
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
      ],
    };
  },
};

function showBreaker({ state }) {
  for (const step of find('breaker').children) {
    if (step.dataset.state === state) setAttribute(step, 'aria-current', 'step');
    else step.removeAttribute('aria-current');
  }
}

function showPoolBar({ max, used, idle }) {
  const [usedPart, idlePart] = find('pool-bar').children;
  usedPart.style.width = `${(100 * used) / max}%`;
  idlePart.style.width = `${(100 * idle) / max}%`;
}

function showErrors(errors, now) {
  setBadge(
    find('errors').querySelector('.badge'),
    errors.length === 0 ? 'good' : 'bad',
    errors.length === 0 ? 'none' : count(errors.length),
  );
  setChildren(find('errors').querySelector('.log'), 'li', errors, (item, error) => {
    if (item.children.length === 0) item.append(make('time'), make('span'), make('small'));
    const [when, what, more] = item.children;
    setText(when, time(error.lastSeenAt, now));
    setText(what, error.message);
    setText(more, `${count(error.count)} times since ${time(error.firstSeenAt, now)}, ${error.fingerprint}`);
  });
}

function showEvents(events, now) {
  setBadge(find('events').querySelector('.badge'), 'neutral', counted(events.length, 'event'));
  setChildren(find('events').querySelector('.log'), 'li', events, (item, { at, tone, text }) => {
    if (item.children.length === 0) item.append(make('time'), make('span'));
    const [when, what] = item.children;
    setAttribute(item, 'data-tone', tone);
    when.dateTime = at;
    setText(when, time(at, now));
    setText(what, `${signOf(tone)} ${text}`);
  });
}

function ratio({ lookups, hits }) {
  if (lookups === 0) return ['not asked', 'in the last minute'];
  return [percent(hits / lookups, 1), `of ${counted(lookups, 'look-up')} in the last minute`];
}

function took(latencyMs) {
  return latencyMs === null ? '' : `took ${milliseconds(latencyMs)}`;
}
