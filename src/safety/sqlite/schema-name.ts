import { basename } from 'node:path';

const LONGEST = 63;

/** A schema's name after the file's: old-blog.sqlite3 goes to old_blog. */
export function schemaNameFor(file: string): string {
  const words = basename(file)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, LONGEST - '_sqlite'.length);
  const isFree = words !== '' && !/^\d|^pg_|^(public|information_schema)$/.test(words);
  return isFree ? words : `${words}_sqlite`.replace(/^(?=\d)|^_/, 'from_');
}
