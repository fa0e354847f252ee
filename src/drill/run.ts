import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../throwaway/shell.ts';
import { ask } from './ask.ts';
import type { Fault, Scene } from './faults/fault.ts';
import type { Instance } from './instance.ts';
import type { RequestRecord, Sighting } from './load/record.ts';
import { sightingOf } from './load/watcher.ts';
import { beginLoad, type LoadControl } from './load-control.ts';
import { illOf, toleratedShare } from './shed.ts';
import type { Stage } from './stage.ts';
import { checkWritten, type Written } from './written.ts';

/** How long each part of a run takes, in milliseconds, and how many requests a second are sent. */
export type Pace = {
  readonly ratePerSecond: number;
  readonly warmUpMs: number;
  readonly beforeMs: number;
  readonly faultMs: number;
  /** After everything is well again. */
  readonly afterMs: number;
};

/** Well above the server's own deadline (REQUEST_DEADLINE_MS), so that a hang is seen as one. */
const HUNG_AFTER_MS = 10_000;
const RECOVERY_LIMIT_MS = 20_000;
const QUIET_LIMIT_MS = 8000;
const MOMENT_MS = 500;

/** When things happened, in milliseconds since the epoch. */
export type Times = {
  /** The end of the warm-up: from here on everything counts. */
  readonly measuredFrom: number;
  readonly beganAt: number;
  /** When the fault was lifted, and when that was done: a server that was started has answered then. */
  readonly liftedAt: number;
  readonly endedAt: number;
  readonly stoppedAt: number;
};

/** Everything that was seen of one fault, for the verdicts and the report. */
export type Evidence = {
  readonly fault: Fault;
  readonly times: Times;
  readonly records: readonly RequestRecord[];
  readonly sightings: readonly Sighting[];
  readonly written: Written;
  /** Server processes that ended without being asked to, and how. */
  readonly deaths: readonly string[];
  /** Connections of Steadfast's that PostgreSQL counts, before the fault and after everything. */
  readonly connections: { readonly before: number; readonly after: number };
  /** The longest time in milliseconds for which the machine did not let the load's process run. */
  readonly stallMs: number;
  /** The servers after the last request was answered. */
  readonly quiet: readonly Sighting[];
};

export type Phase = 'warming up' | 'before' | 'fault' | 'recovery' | 'after' | 'looking';

/** Is told how a run goes on; `load` fills while it looks. */
export type RunObserver = {
  phase(phase: Phase, load: LoadControl): void;
};

/** Puts load on fresh server processes, does the fault to them, takes it back, and collects what was seen. */
export async function runFault(
  stage: Stage,
  fault: Fault,
  pace: Pace,
  observer: RunObserver,
  stop: AbortSignal,
): Promise<Evidence> {
  const instances: Instance[] = [];
  const scene: Scene = { stage, instances };
  let load: LoadControl | undefined;
  let lift: (() => Promise<void>) | undefined;
  try {
    while (instances.length < fault.instances) instances.push(await stage.startInstance(fault.road));
    const begun = [...instances];
    const origins = begun.map(({ origin }) => origin);
    load = await beginLoad({
      origins,
      material: await stage.material(pickFirst(origins)),
      ratePerSecond: pace.ratePerSecond,
      limitMs: HUNG_AFTER_MS,
      retryElsewhere: fault.instances > 1,
      run: randomBytes(4).toString('hex'),
    });
    const wait = (ms: number) => sleep(ms, undefined, { signal: stop });
    observer.phase('warming up', load);
    await wait(pace.warmUpMs);
    await untilWell(load, Date.now(), 1, stop);
    const measuredFrom = Date.now();
    observer.phase('before', load);
    await wait(pace.beforeMs);
    const connectionsBefore = await connectionsOf(stage, fault);

    observer.phase('fault', load);
    const beganAt = Date.now();
    lift = await fault.begin(scene);
    if (fault.lasts) await wait(pace.faultMs);
    const liftedAt = Date.now();
    await lift();
    lift = undefined;
    const endedAt = Date.now();
    observer.phase('recovery', load);
    const tolerated = toleratedShare(beforeFault(load.records, { measuredFrom, beganAt }));
    await untilWell(load, endedAt, tolerated, stop);
    observer.phase('after', load);
    await wait(pace.afterMs);

    const stoppedAt = Date.now();
    observer.phase('looking', load);
    const facts = await load.end();
    const quiet = await untilQuiet(instances);
    const [written, after] = await Promise.all([
      checkWritten(await stage.postgresUrl(fault.road), facts),
      connectionsOf(stage, fault),
    ]);
    return {
      ...{ fault, sightings: load.sightings, stallMs: load.stallMs(), written, quiet },
      // What a cold server answers during the warm-up is judged by nobody.
      records: load.records.filter(({ at }) => at >= measuredFrom),
      times: { measuredFrom, beganAt, liftedAt, endedAt, stoppedAt },
      deaths: deathsOf(instances),
      connections: { before: connectionsBefore, after },
    };
  } finally {
    load?.kill();
    await lift?.().catch(() => {});
    await stage.restore();
    await Promise.all(instances.map((instance) => instance.stop()));
  }
}

/**
 * Waits until every server has said for a second that it is healthy, and nothing was refused for as long, but what is
 * tolerated (see `toleratedShare`).
 */
async function untilWell(
  { records, sightings }: LoadControl,
  since: number,
  tolerated: number,
  stop: AbortSignal,
): Promise<void> {
  const steadyMs = 1000;
  const deadline = since + RECOVERY_LIMIT_MS;
  while (Date.now() < deadline) {
    await sleep(100, undefined, { signal: stop });
    const from = Date.now() - steadyMs;
    if (from < since) continue;
    const seen = sightings.filter(({ at }) => at > from);
    const asked = records.filter(({ at }) => at > from);
    const well = seen.every(({ health }) => health === 'healthy') && illOf(asked, tolerated).length === 0;
    if (well && seen.length > 0 && asked.length > 0) return;
  }
}

/** The requests that were due while the fault was on; for one that is over in a moment, half a second. */
export function duringFault({ records, times }: Pick<Evidence, 'records' | 'times'>): RequestRecord[] {
  const until = Math.max(times.endedAt, times.beganAt + MOMENT_MS);
  return records.filter(({ at }) => at >= times.beganAt && at < until);
}

/** The requests that were due after the warm-up and before the fault. */
export function beforeFault(
  records: readonly RequestRecord[],
  { measuredFrom, beganAt }: Pick<Times, 'measuredFrom' | 'beganAt'>,
): RequestRecord[] {
  return records.filter(({ at }) => at >= measuredFrom && at < beganAt);
}

/** What the servers say once nothing is under way any more, or what they say in the end. */
async function untilQuiet(instances: readonly Instance[]): Promise<Sighting[]> {
  const look = () => Promise.all(instances.map(({ origin }, index) => sightingOf(origin, index)));
  return eventually(async () => {
    const seen = await look();
    if (seen.some(({ connectionsUsed, waiting }) => connectionsUsed !== 0 || waiting !== 0))
      throw new Error('busy');
    return seen;
  }, QUIET_LIMIT_MS).catch(look);
}

async function connectionsOf(stage: Stage, { road }: Fault): Promise<number> {
  const [row] = await ask(
    await stage.postgresUrl(road),
    "select count(*) as connections from pg_stat_activity where application_name like 'steadfast%'",
  );
  return Number(row?.connections);
}

function deathsOf(instances: readonly Instance[]): string[] {
  return instances.flatMap((instance) => {
    const ended = instance.ended();
    return ended === undefined ? [] : [`${instance.origin} ${ended}: ${instance.logTail()}`];
  });
}

function pickFirst(origins: readonly string[]): string {
  const [first] = origins;
  if (first === undefined) throw new Error('a fault needs a server process');
  return first;
}
