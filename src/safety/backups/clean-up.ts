import { constants } from 'node:os';

type CleanUp = () => Promise<void>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const pending: CleanUp[] = [];

/**
 * Runs `work`, and `cleanUp` afterwards, however it ends: also when the process is asked to end meanwhile. Only a
 * kill -9 leaves something; whoever makes such things also looks for what was left.
 */
export async function withCleanUp<Result>(cleanUp: CleanUp, work: () => Promise<Result>): Promise<Result> {
  let done: Promise<void> | undefined;
  const once = () => {
    done ??= cleanUp();
    return done;
  };
  if (pending.length === 0) for (const signal of SIGNALS) process.on(signal, endCleanly);
  pending.push(once);
  try {
    const result = await work();
    await once();
    return result;
  } catch (error) {
    // Why the work failed is what is to be told; what is left then, the next run finds.
    await once().catch(() => {});
    throw error;
  } finally {
    pending.splice(pending.indexOf(once), 1);
    if (pending.length === 0) for (const signal of SIGNALS) process.off(signal, endCleanly);
  }
}

function endCleanly(signal: (typeof SIGNALS)[number]): void {
  console.error(`${signal}: removing what was begun.`);
  void (async () => {
    for (const cleanUp of pending.toReversed()) await cleanUp().catch((error: unknown) => console.error(error));
    process.exit(128 + constants.signals[signal]);
  })();
}
