import { call, Refused, remember, token } from './api.js';
import { showArticle, showComments, showList, showMessages, showTags } from './views.js';

const byId = (id) => document.getElementById(id);

/** Who is logged in, which list and which article are shown, and the key of the article that is being written. */
const state = { user: undefined, list: '/articles', slug: undefined, publishKey: crypto.randomUUID() };

/** Runs what a person asked for; what goes wrong is shown. */
async function attempt(work) {
  showMessages([]);
  document.body.setAttribute('aria-busy', 'true');
  try {
    await work();
  } catch (error) {
    showMessages(error instanceof Refused ? error.sentences : [`The server cannot be reached: ${error.message}`]);
  } finally {
    document.body.removeAttribute('aria-busy');
  }
}

const onClick = (id, work) => byId(id).addEventListener('click', () => attempt(work));

/** `work` is given the form's fields; the form is emptied when it succeeded, and keeps what was typed when not. */
function onSubmit(id, work) {
  const form = byId(id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      await work(Object.fromEntries(new FormData(form)));
      form.reset();
    });
  });
}

function enter(user) {
  state.user = user;
  remember(user?.token);
  document.body.className = user === undefined ? 'guest' : 'member';
  byId('who').textContent = user === undefined ? 'not logged in' : user.username;
}

async function refreshList() {
  const { articles, articlesCount } = await call('GET', state.list);
  byId('list-title').textContent = state.list === '/articles' ? 'Everybody' : 'Your feed';
  showList(articles, articlesCount, { open: (slug) => attempt(() => openArticle(slug)), favorite });
  showTags((await call('GET', '/tags')).tags);
}

async function openArticle(slug) {
  const { article } = await call('GET', `/articles/${encodeURIComponent(slug)}`);
  state.slug = article.slug;
  const isMine = article.author.username === state.user?.username;
  showArticle(article, isMine, { favorite, follow, edit: () => startEditing(article), remove: removeArticle });
  await refreshComments();
}

async function refreshComments() {
  const { comments } = await call('GET', `/articles/${state.slug}/comments`);
  showComments(comments, state.user?.username, (id) =>
    attempt(async () => {
      await call('DELETE', `/articles/${state.slug}/comments/${id}`);
      await refreshComments();
    }),
  );
}

async function refreshAll() {
  await refreshList();
  if (state.slug !== undefined) await openArticle(state.slug);
}

const favorite = ({ slug, favorited }) =>
  attempt(async () => {
    await call(favorited ? 'DELETE' : 'POST', `/articles/${slug}/favorite`);
    await refreshAll();
  });

const follow = ({ username, following }) =>
  attempt(async () => {
    await call(following ? 'DELETE' : 'POST', `/profiles/${encodeURIComponent(username)}/follow`);
    await refreshAll();
  });

function startEditing(article) {
  const form = byId('edit');
  for (const name of ['title', 'description', 'body']) form.elements.namedItem(name).value = article[name];
  form.hidden = false;
}

const removeArticle = () =>
  attempt(async () => {
    await call('DELETE', `/articles/${state.slug}`);
    state.slug = undefined;
    byId('article').hidden = true;
    await refreshList();
  });

const show = (list) => async () => {
  state.list = list;
  await refreshList();
};

onClick('show-all', show('/articles'));
onClick('show-feed', show('/articles/feed'));
onClick('log-out', async () => {
  enter(undefined);
  state.list = '/articles';
  await refreshAll();
});
onSubmit('register', async (user) => {
  enter((await call('POST', '/users', { user })).user);
  await refreshAll();
});
onSubmit('login', async (user) => {
  enter((await call('POST', '/users/login', { user })).user);
  await refreshAll();
});
onSubmit('publish', async ({ tags, ...article }) => {
  const tagList = tags.split(/\s+/).filter(Boolean);
  // The same key until it worked: pressing the button again after a lost answer makes no second article.
  const key = { 'Idempotency-Key': state.publishKey };
  const created = await call('POST', '/articles', { article: { ...article, tagList } }, key);
  state.publishKey = crypto.randomUUID();
  state.slug = created.article.slug;
  await refreshAll();
});
onSubmit('edit', async (article) => {
  state.slug = (await call('PUT', `/articles/${state.slug}`, { article })).article.slug;
  byId('edit').hidden = true;
  await refreshAll();
});
onSubmit('comment', async ({ body }) => {
  await call('POST', `/articles/${state.slug}/comments`, { comment: { body } });
  await refreshComments();
});

await attempt(async () => {
  document.body.className = 'guest';
  // Who was logged in before still is.
  if (token() !== null) enter((await call('GET', '/user')).user);
  await refreshList();
});
