import type { RequestRecord } from './load/record.ts';

/** Besides three times what is shed without any fault, so much of 1 may be: a fault leaves a busy machine less room. */
const SHED_BY_ANY_FAULT = 1 / 3;
const WINDOW_MS = 1000;

export function isAnswered({ outcome }: RequestRecord): boolean {
  return outcome === 'answered' || outcome === 'stale';
}

/** Refused for want of room, as a machine with too much else to do refuses some requests without any fault. */
export function isShed({ said }: RequestRecord): boolean {
  return said === '503 overloaded';
}

/** Of 1: those that are so; all, where there are none. */
export function shareOf(records: readonly RequestRecord[], isSo: (record: RequestRecord) => boolean): number {
  return records.length === 0 ? 1 : records.filter(isSo).length / records.length;
}

/** Of 1: what may be shed with a fault, seen what was `before` any: nothing where nothing was. */
export function toleratedShare(before: readonly RequestRecord[]): number {
  if (!before.some(isShed)) return 0;
  return Math.min(1, SHED_BY_ANY_FAULT + 3 * shareOf(before, isShed));
}

/**
 * The requests that were not answered; those that were shed only if more were, of the same kind in the same second, than
 * is tolerated. Where anything is, a single one is.
 */
export function illOf(records: readonly RequestRecord[], tolerated: number): RequestRecord[] {
  const windows = Map.groupBy(records, ({ at, kind }) => `${kind} ${Math.floor(at / WINDOW_MS)}`);
  return [...windows.values()].flatMap((window) => {
    const isTolerated = tolerated > 0 && window.filter(isShed).length <= Math.max(1, window.length * tolerated);
    return window.filter((record) => !isAnswered(record) && !(isTolerated && isShed(record)));
  });
}
