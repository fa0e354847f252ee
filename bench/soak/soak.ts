import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Latencies, latenciesOf } from '../../src/drill/figures.ts';
import type { Instance } from '../../src/drill/instance.ts';
import type { Outcome, Sighting } from '../../src/drill/load/record.ts';
import { sightingOf } from '../../src/drill/load/watcher.ts';
import { beginLoad, type LoadControl } from '../../src/drill/load-control.ts';
import { type Stage, setStage } from '../../src/drill/stage.ts';
import { checkWritten, type Written } from '../../src/drill/written.ts';
import { eventually } from '../../src/throwaway/shell.ts';
import { soakFaults } from './faults.ts';
import { fillCache } from './fill-cache.ts';
import { type Sample, type Slope, slopeOf } from './slope.ts';

const SETTINGS = { LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '0' };
const HUNG_AFTER_MS = 10_000;
const SAMPLE_EVERY_MS = 5000;
/** The last part of a soak without a fault, for everything to come back. */
const END_MS = 15_000;
const QUIET_LIMIT_MS = 30_000;
/** The figures of the last five minutes, six slices at most, have been given up and made anew by then. */
const LONGEST_WARM_UP_MS = 7 * 60_000;

/** `soakMs` is what is judged; before it the same goes on for as long, or for seven minutes. */
export type SoakOptions = { readonly soakMs: number; readonly ratePerSecond: number; readonly seed: number };

export type SoakResult = SoakOptions & {
  readonly faults: readonly { readonly name: string; readonly atSeconds: number; readonly ms: number }[];
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** What went otherwise than it should have, by route and what was said. */
  readonly wrong: Readonly<Record<string, number>>;
  readonly latency: Latencies;
  /** Resident memory of the server in bytes, every five seconds. */
  readonly memory: readonly Sample[];
  /** Of what is judged, in bytes a second. */
  readonly slope: Slope;
  readonly written: Written;
  /** How the process ended, if it did. */
  readonly death: string | undefined;
  /** The server after the last answer. */
  readonly quiet: Pick<Sighting, 'health' | 'message' | 'connectionsUsed' | 'waiting'>;
};

/**
 * The drill's load on one server process for a while, and one fault after the other. What is bounded is full before
 * memory is judged: the cache is filled, and the figures of the last five minutes and what V8 compiles come of the
 * warm-up. Else what fills up looks like what leaks.
 */
export async function soak(
  options: SoakOptions,
  cleanUp: (task: () => Promise<void> | void) => void,
  progress: (sentence: string) => void,
): Promise<SoakResult> {
  const stage = await setStage(progress, SETTINGS);
  cleanUp(() => stage.remove());
  const starting = stage.startInstance('proxied');
  cleanUp(() => starting.then((started) => started.stop()).catch(() => {}));
  const instance = await starting;
  const material = await stage.material(instance.origin);
  progress('filling the cache to its bound, and once more');
  await fillCache(instance.origin, material);
  const load = await beginLoad({
    origins: [instance.origin],
    material,
    ratePerSecond: options.ratePerSecond,
    limitMs: HUNG_AFTER_MS,
    retryElsewhere: false,
    run: randomBytes(4).toString('hex'),
  });
  cleanUp(() => load.kill());
  const beganAt = Date.now();
  progress(`seed ${options.seed}`);
  const warmUpMs = Math.min(options.soakMs, LONGEST_WARM_UP_MS);
  const endsAt = beganAt + warmUpMs + options.soakMs;
  const faults = await faultsUntil(endsAt - END_MS, options.seed, stage, instance, progress);
  await sleep(Math.max(0, endsAt - Date.now()));
  const facts = await load.end();
  const quiet = await untilQuiet(instance);
  const memory = memoryOf(load.sightings, beganAt);
  const { records } = load;
  return {
    ...options,
    faults: faults.map(({ at, ...fault }) => ({ ...fault, atSeconds: Math.round((at - beganAt) / 1000) })),
    requests: records.length,
    outcomes: outcomesOf(load),
    wrong: wrongOf(load),
    latency: latenciesOf(records.map(({ ms }) => ms)),
    memory,
    slope: slopeOf(memory.filter(({ atSeconds }) => atSeconds * 1000 >= warmUpMs)),
    written: await checkWritten(stage.servers.postgres.url, facts),
    death: instance.ended(),
    quiet,
  };
}

async function faultsUntil(
  deadline: number,
  seed: number,
  stage: Stage,
  instance: Instance,
  progress: (sentence: string) => void,
) {
  const done: { name: string; at: number; ms: number }[] = [];
  for (const { fault, calmMs, faultMs } of soakFaults(seed)) {
    if (Date.now() + calmMs + faultMs > deadline) return done;
    if ((await fault.obstacle(stage)) !== undefined) continue;
    await sleep(calmMs);
    const at = Date.now();
    const lift = await fault.begin({ stage, instances: [instance] });
    try {
      if (fault.lasts) await sleep(faultMs);
    } finally {
      await lift();
    }
    const ms = Date.now() - at;
    done.push({ name: fault.name, at, ms });
    progress(`${fault.name} for ${(ms / 1000).toFixed(1)} s`);
  }
  return done;
}

async function untilQuiet({ origin }: Instance): Promise<SoakResult['quiet']> {
  const look = () => sightingOf(origin, 0);
  return eventually(async () => {
    const seen = await look();
    if (seen.connectionsUsed === 0 && seen.waiting === 0 && seen.health === 'healthy') return seen;
    throw new Error('The server is not at rest.');
  }, QUIET_LIMIT_MS).catch(look);
}

/** One sample in five seconds, of what the load saw four times a second. */
function memoryOf(sightings: readonly Sighting[], beganAt: number): Sample[] {
  const samples: Sample[] = [];
  let nextAt = beganAt;
  for (const { at, memoryBytes } of sightings) {
    if (memoryBytes === undefined || at < nextAt) continue;
    samples.push({ atSeconds: (at - beganAt) / 1000, value: memoryBytes });
    nextAt = at + SAMPLE_EVERY_MS;
  }
  return samples;
}

function outcomesOf({ records }: LoadControl): SoakResult['outcomes'] {
  const outcomes: Record<Outcome, number> = { answered: 0, stale: 0, refused: 0, unknown: 0, failed: 0, hung: 0 };
  for (const { outcome } of records) outcomes[outcome] += 1;
  return outcomes;
}

function wrongOf({ records }: LoadControl): SoakResult['wrong'] {
  const wrong: Record<string, number> = {};
  for (const { route, outcome, said } of records) {
    if (outcome !== 'failed' && outcome !== 'hung') continue;
    const name = `${route}: ${said}`;
    wrong[name] = (wrong[name] ?? 0) + 1;
  }
  return wrong;
}
