import { find, make, setAttribute, setChildren, setHidden, setText, signOf } from './elements.js';
import { count, duration, percent, since, time, until } from './words.js';

const STATUS = {
  healthy: { tone: 'good', words: 'All is well' },
  degraded: { tone: 'warning', words: 'Degraded' },
  critical: { tone: 'bad', words: 'Critical' },
};
const TONE_OF_CHECK = { pass: 'good', warn: 'warning', fail: 'bad' };
const CHECK_WORDS = {
  database: 'PostgreSQL',
  schema: 'Schema',
  data: 'Data',
  backup: 'Backup',
  redis: 'Redis',
  replicas: 'Replicas',
  workers: 'Workers',
};

/** Moments and what to type, within a sentence. */
const TELLING =
  /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|npm run [\w:]+(?: -- [\w-]+)?|docs\/[\w/.-]+\.md|\b[A-Z]+_[A-Z_]+\b)/;

/** The state of everything in words: what is wrong, since when, who is affected and what to type. */
export function showOverall(state) {
  const { sections, contact, now } = state;
  const said = describe(state);
  setHidden(find('overall'), contact.kind === 'token');
  setAttribute(find('overall'), 'data-tone', said.tone);
  setText(find('overall-sign'), said.sign ?? signOf(said.tone));
  setText(find('overall-text'), said.words);
  setText(find('overall-since'), said.since);
  document.title = `${said.sign ?? signOf(said.tone)} ${said.words} · Steadfast`;
  setHidden(find('retry'), contact.kind !== 'lost');

  const checks = sections === undefined || contact.kind !== 'live' ? [] : Object.entries(sections.health.checks);
  setChildren(find('checks'), 'li', checks, (item, [name, { status }]) => {
    const tone = TONE_OF_CHECK[status];
    setAttribute(item, 'data-tone', tone);
    setText(item, `${signOf(tone)} ${wordFor(name)}`);
  });
  const wrong = checks.filter(([, { status }]) => status !== 'pass');
  setChildren(find('findings'), 'li', wrong, (item, [name, { status, message }]) => {
    setAttribute(item, 'data-tone', TONE_OF_CHECK[status]);
    const sign = signOf(TONE_OF_CHECK[status]);
    if (item.dataset.message === message) return;
    item.dataset.message = message;
    const whose = message.startsWith(wordFor(name)) ? sign : `${sign} ${wordFor(name)}:`;
    item.replaceChildren(make('strong', '', whose), ' ', ...withTelling(message, now));
  });
  setText(find('affected'), contact.kind === 'live' ? affected(state) : lastSaid(state));
}

function describe({ sections, contact, heardAt, now }) {
  if (contact.kind === 'token') return { tone: 'neutral', words: 'Token needed', since: '' };
  if (contact.kind === 'elsewhere') {
    return {
      ...{ tone: 'warning', words: 'Monitoring is not served here' },
      since: 'Where MONITORING_PORT is set, it is served on that port: open this page there.',
    };
  }
  if (contact.kind === 'lost') {
    const heard = heardAt === undefined ? '' : `Since ${time(heardAt)} (${duration(Date.now() - heardAt)}). `;
    return {
      ...{ tone: 'bad', words: heardAt === undefined ? 'The server cannot be asked' : 'No word from the server' },
      since: `${heard}${contact.reason} Trying again ${until(contact.retryAt, Date.now())}.`,
    };
  }
  if (sections === undefined) return { tone: 'neutral', sign: '…', words: 'Asking the server', since: '' };
  const { health, process } = sections;
  if (!process.accepting) {
    const began = `The process began ${since(process.startedAt, now)}; its checks are under way, and no traffic is to come yet.`;
    return { tone: 'neutral', sign: '…', words: 'Starting', since: began };
  }
  const { tone, words } = STATUS[health.status];
  const wrong = Object.entries(health.checks).filter(([, { status }]) => status !== 'pass');
  const which = wrong.length === 0 ? '' : `: ${wrong.map(([name]) => wordFor(name)).join(', ')}`;
  return { tone, words: `${words}${which}`, since: `Since ${since(health.since, now)}.` };
}

/** What readers and writers were answered in the last minute. */
function affected({ seconds, now }) {
  const sums = [0, 0, 0, 0, 0];
  for (const second of seconds) {
    if (second[0] < now / 1000 - 60) continue;
    for (const index of sums.keys()) sums[index] += second[index + 1];
  }
  const [answered, stale, clientErrors, refused, failed] = sums;
  const all = sums.reduce((sum, one) => sum + one, 0);
  if (all === 0) return 'No requests of readers or writers in the last minute.';
  const served = percent((answered + stale + clientErrors) / all, refused + failed === 0 ? 0 : 1);
  return (
    `Last minute: ${served} of ${count(all)} requests served, ${count(stale)} of them stale from the cache; ` +
    `${count(refused)} refused for now (503), ${count(failed)} failed.`
  );
}

function lastSaid({ sections, now }) {
  if (sections === undefined) return '';
  const { status, checks } = sections.health;
  const wrong = Object.keys(checks).filter((name) => checks[name].status !== 'pass');
  const which = wrong.length === 0 ? '' : ` (${wrong.map(wordFor).join(', ')})`;
  return `What it said last: ${STATUS[status].words.toLowerCase()}${which}, since ${time(sections.health.since, now)}. What follows is of then.`;
}

function withTelling(text, now) {
  return text.split(TELLING).map((part, index) => {
    if (index % 2 === 0) return part;
    if (!/^\d{4}-/.test(part)) return make('code', '', part);
    const moment = make('time', '', time(part, now));
    moment.dateTime = part;
    return moment;
  });
}

function wordFor(check) {
  return CHECK_WORDS[check] ?? check;
}
