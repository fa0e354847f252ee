import { Charts } from './charts.js';
import { find, setHidden, setText } from './elements.js';
import { showOverall } from './overall.js';
import { showPanels } from './panels.js';
import { State } from './state.js';
import { EventStream } from './stream.js';
import { time } from './words.js';

const TOKEN_KEY = 'steadfast-monitoring-token';

const state = new State();
const charts = new Charts();
const stream = new EventStream('api/monitoring/live', {
  token: sessionStorage.getItem(TOKEN_KEY) ?? undefined,
  onEvent(name, data) {
    // A server of another version may say other things: they are for its own page to show.
    if (name === 'everything' && !state.isSameRelease(data)) return location.reload();
    state.hear(name, data);
    if (name === 'everything') keepToken(find('token').value);
    show();
  },
  onContact(contact) {
    state.contact = contact;
    show();
  },
});
let pausedAt;

function show() {
  if (document.hidden) return;
  showContact();
  showToken();
  if (pausedAt !== undefined) return;
  showOverall(state);
  setHidden(find('dashboard'), state.sections === undefined);
  find('dashboard').classList.toggle('outdated', state.contact.kind !== 'live');
  if (state.sections === undefined) return;
  showPanels(state);
  charts.show(state);
}

function showContact() {
  const isLive = state.contact.kind === 'live';
  find('contact').dataset.kind = state.contact.kind;
  const heard = state.heardAt === undefined ? '' : time(state.heardAt);
  const words = isLive ? `live, ${heard}` : heard === '' ? 'not connected' : `not connected, last word ${heard}`;
  setText(find('contact'), pausedAt === undefined ? words : `paused at ${time(pausedAt)}`);
}

function showToken() {
  const { kind, refused } = state.contact;
  const form = find('token-form');
  const wasHidden = form.hidden;
  setHidden(form, kind !== 'token');
  if (kind !== 'token') return;
  if (refused) setText(find('token-words'), '✗ That is not the token. It is the server’s MONITORING_TOKEN.');
  if (wasHidden || refused) find('token').select();
}

/** Only a token that was accepted is kept, and only in this tab. */
function keepToken(token) {
  if (token !== '') sessionStorage.setItem(TOKEN_KEY, token);
  find('token').value = '';
}

find('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  stream.useToken(find('token').value);
});
find('retry').addEventListener('click', () => stream.retryNow());
find('pause').addEventListener('click', ({ currentTarget }) => {
  pausedAt = pausedAt === undefined ? Date.now() : undefined;
  currentTarget.setAttribute('aria-pressed', String(pausedAt !== undefined));
  show();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && state.contact.kind !== 'live') stream.retryNow();
  show();
});
window.addEventListener('online', () => stream.retryNow());
// While the server says nothing, the time since it did goes on.
setInterval(() => {
  if (state.contact.kind !== 'live') show();
}, 1000);

// What can be scrolled can be reached by keyboard.
for (const log of document.querySelectorAll('.log')) log.tabIndex = 0;
setText(find('address'), location.host);
setText(find('zone'), `Times are of this browser’s zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`);
show();
stream.listen();
