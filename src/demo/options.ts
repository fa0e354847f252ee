import type { Environment } from '../config/config.ts';
import { answerTo, type Instead, refused } from '../usage.ts';

const HELP = `npm run demo
  A throwaway trial: a PostgreSQL and a Redis of its own, Steadfast, a sample blog. Ctrl-C ends it; nothing is left.

PORT=8001 npm run demo    at another port than 8000

HOST and LOG_LEVEL count, too; no other setting does, so that it touches no database of yours.`;

const DEFAULT_PORT = '8000';

/** The port the demo is to be at, or what to print instead. */
export function readOptions(args: readonly string[], { PORT }: Environment): { readonly port: number } | Instead {
  const instead = answerTo(args, HELP);
  if (instead !== undefined) return instead;
  const given = PORT || DEFAULT_PORT;
  const port = Number(given);
  if (/^\d+$/.test(given) && port >= 1 && port <= 65_535) return { port };
  return refused(`PORT is "${given}", and must be a number from 1 to 65535.`, HELP);
}
