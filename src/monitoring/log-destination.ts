import pino, { type DestinationStream } from 'pino';

const GATHERED_FOR_MS = 10;
const GATHERED_BYTES = 4096;
/** So much may wait to be written; beyond it lines are dropped rather than memory filled. */
const BACKLOG_BYTES = 8 * 1024 * 1024;

/**
 * Standard output, written beside the requests and many lines at a time: whoever is slow to take the log, a full pipe or
 * a busy disk, holds up none of them. Only SIGKILL loses lines, those of the last hundredth of a second.
 */
export function logDestination(): DestinationStream {
  const output = pino.destination({ sync: false, minLength: GATHERED_BYTES, maxLength: BACKLOG_BYTES });
  let isDue = false;
  return {
    write(line) {
      output.write(line);
      if (isDue) return;
      isDue = true;
      setTimeout(() => {
        isDue = false;
        output.flush();
      }, GATHERED_FOR_MS).unref();
    },
  };
}
