import { CARDS } from './cards.js';
import { find, make, setAttribute, setBadge, setChildren, setFacts, setText, signOf } from './elements.js';
import { count, counted, time } from './words.js';

/** Each part of the whole in its card: a badge that says how it is, and the figures behind it. */
export function showPanels({ sections, events, shownAt: now }) {
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
    const { route, statement, requestId, fingerprint } = error;
    const where = statement === undefined ? route : `${route}, statement ${statement}`;
    setText(when, time(error.lastSeenAt, now));
    setText(what, `${error.type}: ${error.message}`);
    const times = `${counted(error.count, 'time')} since ${time(error.firstSeenAt, now)}`;
    const inLog = requestId === undefined ? '' : `; in the log: reqId ${requestId}`;
    setText(more, `${times}, ${where}. Fingerprint ${fingerprint}${inLog}.`);
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
