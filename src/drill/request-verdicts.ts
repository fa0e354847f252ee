import type { Figures } from './figures.ts';
import type { RequestRecord } from './load/record.ts';
import { beforeFault, duringFault, type Evidence } from './run.ts';
import { illOf, isAnswered, isShed, shareOf, toleratedShare } from './shed.ts';
import type { Verdict } from './verdict.ts';
import { examples, percent, requestInWords, round } from './words.ts';

/**
 * REQUEST_DEADLINE_MS of the server at its default, and what a busy machine may add to it. What a machine adds that did
 * not even let the load's process run is added to every limit besides (`stallMs`).
 */
const DEADLINE_MS = 5000;
const DEADLINE_SLACK_MS = 750;
/** Reads from the cache are a matter of a few milliseconds. A hundredth of them may meet a pause of a busy machine. */
const FAST_MS = 500;

export function answeredInTime({ slowestMs }: Figures, { records, stallMs, times }: Evidence): Verdict {
  const hung = records.filter(({ outcome }) => outcome === 'hung').length;
  const late = records.filter(({ ms }) => ms > DEADLINE_MS + DEADLINE_SLACK_MS);
  const when = (record: RequestRecord) =>
    `${requestInWords(record)}, asked ${round(record.at - times.beganAt)} ms after the fault began`;
  return {
    name: `no request outlived its deadline of ${DEADLINE_MS} ms`,
    holds: hung === 0 && slowestMs <= DEADLINE_MS + DEADLINE_SLACK_MS + stallMs,
    seen: `the slowest of ${records.length} took ${round(slowestMs)} ms; ${hung} had no answer at all; the machine stood still for ${round(stallMs)} ms at most${examples(late.map(when))}`,
  };
}

export function writesKept({ written }: Evidence): Verdict[] {
  const { acknowledged, refused, lost, doneThoughRefused, doubled } = written;
  return [
    {
      name: 'every acknowledged write is there, once',
      holds: acknowledged > 0 && lost.length === 0 && doubled.length === 0,
      seen: `${acknowledged} looked up in PostgreSQL, ${lost.length} lost, ${doubled.length} doubled${examples([...lost, ...doubled])}`,
    },
    {
      name: 'no write that was refused for certain was done',
      holds: doneThoughRefused.length === 0,
      seen: `${refused} looked up in PostgreSQL, ${doneThoughRefused.length} done${examples(doneThoughRefused)}`,
    },
  ];
}

export function readsAnswered({ seenAnswered }: Figures, evidence: Evidence): Verdict {
  const least = evidence.fault.expected.seenAnswered;
  const missed = duringFault(evidence).filter((record) => record.kind === 'seen' && !isAnswered(record));
  return {
    name: `at least ${percent(least)} of the reads seen before were answered`,
    holds: seenAnswered >= least,
    seen: `${percent(seenAnswered)}${examples(missed.map(requestInWords))}`,
  };
}

export function unseenAnswered(evidence: Evidence): Verdict[] {
  const { fault, records, times } = evidence;
  const least = fault.expected.unseenAnswered;
  if (least === undefined) return [];
  // A machine with too much to do sheds some of them without any fault, and more with one server less.
  const allBefore = beforeFault(records, times);
  const isUnseen = ({ kind }: RequestRecord) => kind === 'unseen';
  const [before, asked] = [allBefore.filter(isUnseen), duringFault(evidence).filter(isUnseen)];
  const [shedBefore, shed] = [shedShareOf(before), shedShareOf(asked)];
  const [answeredBefore, answered] = [shareOf(before, isAnswered), shareOf(asked, isAnswered)];
  const excused = Math.min(shed, toleratedShare(allBefore));
  const missed = asked.filter((record) => !isAnswered(record));
  return [
    {
      name: `at least ${percent(least)} as many of the reads that nobody asked for before were answered as without the fault`,
      holds: answered + excused >= least * (answeredBefore + shedBefore),
      seen: `${percent(answered)} of ${asked.length} answered and ${percent(shed)} shed for want of room, before the fault ${percent(answeredBefore)} and ${percent(shedBefore)}${examples(missed.map(requestInWords))}`,
    },
  ];
}

function shedShareOf(records: readonly RequestRecord[]): number {
  return records.length === 0 ? 0 : shareOf(records, isShed);
}

export function readsFast({ seen }: Figures, { fault }: Evidence): Verdict[] {
  // Where probes succeed it closes now and then, and reads try the ill database again.
  if (fault.expected.health.includes('healthy')) return [];
  const limit = Math.max(FAST_MS, 2 * seen.before.p99);
  const verdict = {
    name: 'they stayed fast while the breaker was open',
    holds: seen.down.count === 0 || seen.down.p99 <= limit,
    seen:
      seen.down.count === 0
        ? 'it was not open long enough to say'
        : `p99 ${round(seen.down.p99)} ms, before the fault ${round(seen.before.p99)} ms; the limit is ${round(limit)} ms`,
  };
  return [verdict];
}

export function writesFoundTheirWay({ fault, records, times, stallMs }: Evidence): Verdict[] {
  const limit = fault.expected.writesWithinMs;
  if (limit === undefined) return [];
  const writes = records.filter(({ kind, at }) => kind === 'write' && at >= times.beganAt);
  const ill = illOf(writes, toleratedShare(beforeFault(records, times)));
  const refused = ill.filter(({ at }) => at < times.stoppedAt - 500);
  const shed = writes.filter(isShed).length;
  const lastMs = Math.max(0, ...refused.map(({ at }) => at - times.beganAt));
  return [
    {
      name: `writes were done again within ${limit} ms`,
      holds: lastMs <= limit + stallMs,
      seen: `the last one that was not done was asked for ${round(lastMs)} ms after the fault began, ${refused.length} of ${writes.length} in all; ${shed} were shed for want of room`,
    },
  ];
}

/** Whatever is not an answer must be an honest 503, or, where a server was killed, a connection that ended. */
export function nothingFailed({ records, fault }: Evidence): Verdict {
  const failed = records.filter(({ outcome }) => outcome === 'failed');
  return {
    name: 'whatever was not answered was refused with 503',
    holds: failed.length === 0,
    seen: `${failed.length} of ${records.length} failed in another way${examples(failed.map(requestInWords))}${
      fault.instances > 1 ? ' (a client went to the other server where one could not be reached)' : ''
    }`,
  };
}
