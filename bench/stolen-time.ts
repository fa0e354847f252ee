import { readFileSync } from 'node:fs';

/**
 * Counts from now on what the host of a virtual machine took of the processors for others: what it returns says the
 * share since then, from 0 to 1; undefined where the system does not tell, as all but Linux do not.
 */
export function countStolenTime(): () => number | undefined {
  const before = processorTimes();
  return () => {
    const after = processorTimes();
    if (before === undefined || after === undefined) return undefined;
    return (after.stolen - before.stolen) / Math.max(after.all - before.all, 1);
  };
}

export function stolenInWords(share: number | undefined): string {
  if (share === undefined) return '';
  return `, ${(share * 100).toFixed(1)} % of the processors given to other machines`;
}

/** In clock ticks since the machine started: the first line of /proc/stat (proc(5)), whose eighth figure is "steal". */
function processorTimes(): { readonly stolen: number; readonly all: number } | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    // The last two, guests, are counted within the first two.
    const times = line.split(/\s+/).slice(1, 9).map(Number);
    const stolen = times[7];
    return stolen === undefined ? undefined : { stolen, all: times.reduce((sum, time) => sum + time, 0) };
  } catch {
    return undefined;
  }
}
