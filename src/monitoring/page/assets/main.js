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
    // Once for each answer: whoever types must not be interrupted.
    if (contact.kind === 'token') find('token').select();
  },
});
let pausedAt;

/** How everything is, the title with it, is true also where nobody looks or the figures are paused. */
function show() {
  showContact();
  showToken();
  showOverall(state);
  setHidden(find('dashboard'), state.sections === undefined);
  find('dashboard').classList.toggle('outdated', state.contact.kind !== 'live');
  if (state.sections === undefined || pausedAt !== undefined || document.hidden) return;
  showPanels(state);
  charts.show(state);
}

function showContact() {
  const { contact, heardAt } = state;
  const isLive = contact.kind === 'live';
  find('contact').dataset.kind = contact.kind;
  const heard = heardAt === undefined ? '' : `, ${isLive ? '' : 'last word '}${time(heardAt)}`;
  const paused = pausedAt === undefined ? undefined : `, figures paused at ${time(pausedAt)}`;
  setText(find('contact'), `${isLive ? 'live' : 'not connected'}${paused ?? heard}`);
}

function showToken() {
  const { kind, refused } = state.contact;
  setHidden(find('token-form'), kind !== 'token');
  if (refused) setText(find('token-words'), '✗ That is not the token. It is the server’s MONITORING_TOKEN.');
}

/** Only a token that was accepted is kept, and only in this tab. */
function keepToken(token) {
  if (token !== '') sessionStorage.setItem(TOKEN_KEY, token);
  find('token').value = '';
}

/** What waits for its time is tried now; a token is waited for, however long. */
function tryNow() {
  if (state.contact.retryAt !== undefined) stream.retryNow();
}

find('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  stream.useToken(find('token').value);
});
find('retry').addEventListener('click', tryNow);
find('pause').addEventListener('click', ({ currentTarget }) => {
  pausedAt = pausedAt === undefined ? Date.now() : undefined;
  currentTarget.setAttribute('aria-pressed', String(pausedAt !== undefined));
  show();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) tryNow();
  show();
});
window.addEventListener('online', tryNow);
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
