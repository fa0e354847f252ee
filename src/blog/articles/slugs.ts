import { randomInt } from 'node:crypto';
import slugify from '@sindresorhus/slugify';

const LONGEST_WORDS = 200;
/** What GET /articles/… means something else by: an article of that slug could not be read. */
export const RESERVED_SLUG = 'feed';
const SUFFIX_CHARACTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const SUFFIX_LENGTH = 8;

/** Slugs to try for a title, the plain one first; whoever finds it taken gets one with a random end. */
export function* slugsFor(title: string): Generator<string, never> {
  const words = slugify(title).slice(0, LONGEST_WORDS).replace(/-+$/, '');
  if (words !== '' && words !== RESERVED_SLUG) yield words;
  for (;;) yield `${words === '' ? 'article' : words}-${randomSuffix()}`;
}

function randomSuffix(): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_CHARACTERS[randomInt(SUFFIX_CHARACTERS.length)]).join(
    '',
  );
}
