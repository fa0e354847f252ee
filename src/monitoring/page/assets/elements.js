/** The few ways in which this page changes its elements. Nothing is touched that is as it should be. */

export const find = (id) => document.getElementById(id);

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** An element with a class, and children or text in it. */
export function make(tag, className = '', ...children) {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** As many children of `tag` as there are items, each shown by `show(child, item)`; those that are there are kept. */
export function setChildren(parent, tag, items, show) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) parent.append(make(tag));
  for (const [index, item] of items.entries()) show(parent.children[index], item);
}

/** Rows of a <dl>: a term, its value and what is to be added in small print. */
export function setFacts(list, facts) {
  setChildren(list, 'div', facts, (row, [term, value, note = '']) => {
    if (row.children.length === 0) row.append(make('dt'), make('dd', '', make('span'), ' ', make('small')));
    const [dt, dd] = row.children;
    setText(dt, term);
    setText(dd.children[0], value);
    setText(dd.children[1], note);
  });
}

const SIGNS = { good: '✓', warning: '!', bad: '✗', neutral: '·' };

/** Never only a colour: a sign, and words. */
export function setBadge(element, tone, words) {
  setAttribute(element, 'data-tone', tone);
  setText(element, words === '' ? '' : `${SIGNS[tone]} ${words}`);
}

export const signOf = (tone) => SIGNS[tone];
