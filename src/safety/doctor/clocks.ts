import { type Finding, fail, pass, warn } from './finding.ts';

/** Tokens, caches and backups compare times of several machines; below this nothing notices. */
const NOTICEABLE_MS = 2000;
const HARMFUL_MS = 60_000;

/** Compares this machine's clock with another's; `ask` returns that one's milliseconds since 1970. */
export async function compareClocks(whose: string, ask: () => Promise<number>): Promise<Finding> {
  const before = Date.now();
  const theirs = await ask();
  const after = Date.now();
  // It was read somewhere in between.
  const apart = theirs < before ? before - theirs : Math.max(0, theirs - after);
  const subject = `clock of ${whose}`;
  if (apart < NOTICEABLE_MS) return pass(subject, 'It agrees with this machine’s.');
  const message = `It is ${(apart / 1000).toFixed(1)} s ${theirs < before ? 'behind' : 'ahead of'} this machine’s`;
  return (apart < HARMFUL_MS ? warn : fail)(subject, `${message}. Let NTP set both.`);
}
