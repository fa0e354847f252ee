import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What an error is, without anything in it that came from a caller. */
export type ErrorShape = {
  /** The same for the same mistake in the same place, whatever the values were and in whichever release. */
  readonly fingerprint: string;
  /** The class of the error, with its code where it has one: TypeError, error 22P02. */
  readonly type: string;
  readonly message: string;
  /** Where in our own code, innermost first: sendRead src/blog/cached-read.ts:52. */
  readonly frames: readonly string[];
};

const ROOT = join(import.meta.dirname, '../../..');
const FRAMES = 3;
const LONGEST_MESSAGE = 300;
const FRAME = /^ +at (?:async )?(?:(.+) \()?(file:\/\/[^)\n]+|\/[^)\n]+):(\d+):\d+\)?$/gm;
/** With its code, as in TypeError [ERR_INVALID_URL]. */
const NAME = /^[\w$]+(?: \[\w+\])?/;

/**
 * What PostgreSQL, V8 and most libraries quote are values; where one quotation ends nobody knows, so the last mark counts.
 * The time it takes grows with the length of the text and no faster: callers may have written it.
 */
export function withoutValues(text: string): string {
  return text
    .replaceAll(/"[\s\S]*"/g, '"…"')
    .replaceAll(/`[\s\S]*`/g, '`…`')
    .replaceAll(/(?<!\w)'[\s\S]*'/g, "'…'")
    .replaceAll(/\/\/[^\s/@]+@/g, '//…@')
    .replaceAll(/(?<![^\s@<])[^\s@<]+@[^\s@]+/g, '…@…')
    .slice(0, LONGEST_MESSAGE);
}

/**
 * The frames of a stack. It begins with the message once more, and lines of that may look like frames: where the message is
 * another one by now nobody can tell them apart, and there are none.
 */
export function framesOf({ message, stack = '' }: Error): string {
  const name = NAME.exec(stack)?.[0] ?? '';
  const head = message === '' ? `${name}\n` : `${name}: ${message}\n`;
  return stack.startsWith(head) ? stack.slice(head.length) : '';
}

/** `statement` is the name of the SQL statement that failed, if it was one. */
export function shapeOf(thrown: unknown, statement = ''): ErrorShape {
  const error = thrown instanceof Error ? thrown : new Error('something that is no error was thrown');
  const type = typeOf(thrown);
  const message = withoutValues(error.message);
  const frames = ownFrames(thrown instanceof Error ? framesOf(thrown) : '');
  const identity = [type, statement, message.replaceAll(/\d+/g, '#'), ...frames.map(({ where }) => where)].join(
    '\n',
  );
  return {
    fingerprint: createHash('sha256').update(identity).digest('hex').slice(0, 8),
    type,
    message,
    frames: frames.map(({ where, line }) => `${where}:${line}`),
  };
}

function typeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  return 'code' in thrown && typeof thrown.code === 'string' ? `${thrown.name} ${thrown.code}` : thrown.name;
}

/** The line is for reading only: it changes with every edit above it. */
function ownFrames(frames: string): { where: string; line: string }[] {
  return [...frames.matchAll(FRAME)]
    .map(([, name = '', place = '', line = '']) => ({ name, path: pathOf(place), line }))
    .filter(({ path }) => path.startsWith(`${ROOT}/`) && !path.includes('/node_modules/'))
    .slice(0, FRAMES)
    .map(({ name, path, line }) => ({ where: `${name} ${path.slice(ROOT.length + 1)}`.trim(), line }));
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place;
}
