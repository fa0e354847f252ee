const byId = (id) => document.getElementById(id);

/** An element with text in it, and never HTML: what people wrote is only ever text. */
function element(name, text, properties = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  return Object.assign(made, properties);
}

export function showMessages(sentences) {
  byId('messages').replaceChildren(...sentences.map((sentence) => element('li', sentence)));
}

export function showTags(tags) {
  byId('tags').replaceChildren(...tags.map((tag) => element('li', tag)));
}

/** A button that is pressed or not. */
function pressable(button, text, pressed, onclick) {
  button.textContent = text;
  button.ariaPressed = String(pressed);
  button.onclick = onclick;
}

export function showList(articles, articlesCount, { open, favorite }) {
  byId('count').textContent = `${articlesCount} articles`;
  byId('articles').replaceChildren(
    ...articles.map((article) => {
      const item = document.createElement('li');
      item.dataset.slug = article.slug;
      const title = element('a', article.title, { href: `#${article.slug}`, className: 'title' });
      title.addEventListener('click', (event) => {
        event.preventDefault();
        open(article.slug);
      });
      const like = element('button', '', { type: 'button', className: 'favorite for-members' });
      pressable(like, `♥ ${article.favoritesCount}`, article.favorited, () => favorite(article));
      const following = article.author.following ? ', whom you follow' : '';
      const by = element('small', `${article.author.username}${following}`, { className: 'author' });
      item.append(title, ' ', by, ' ', like);
      return item;
    }),
  );
}

export function showArticle(article, isMine, { favorite, follow, edit, remove }) {
  const section = byId('article');
  const part = (name) => section.querySelector(`.${name}`);
  section.hidden = false;
  section.dataset.slug = article.slug;
  byId('edit').hidden = true;
  part('title').textContent = article.title;
  part('author').textContent = article.author.username;
  part('body').textContent = article.body;
  part('tag-list').replaceChildren(...article.tagList.map((tag) => element('li', tag)));
  const { username, following } = article.author;
  pressable(part('follow'), `${following ? 'Unfollow' : 'Follow'} ${username}`, following, () =>
    follow(article.author),
  );
  pressable(part('favorite'), `♥ ${article.favoritesCount}`, article.favorited, () => favorite(article));
  part('follow').hidden = isMine;
  part('edit').hidden = !isMine;
  part('delete').hidden = !isMine;
  part('edit').onclick = edit;
  part('delete').onclick = remove;
}

export function showComments(comments, username, remove) {
  byId('comments').replaceChildren(
    ...comments.map((comment) => {
      const item = document.createElement('li');
      item.append(element('span', comment.body, { className: 'body' }), ' — ', comment.author.username);
      if (comment.author.username === username) {
        const button = element('button', 'Delete', { type: 'button' });
        button.addEventListener('click', () => remove(comment.id));
        item.append(' ', button);
      }
      return item;
    }),
  );
}
