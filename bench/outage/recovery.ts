import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../src/drill/instance.ts';
import { beginLoad, type LoadControl } from '../../src/drill/load-control.ts';
import { checkWritten, type Written } from '../../src/drill/written.ts';
import { eventually, runShell } from '../../src/throwaway/shell.ts';
import { type BenchStage, databaseReport, untilHealthy, untilOpen, untilPostgresAnswers } from '../stage.ts';
import type { OutageEffort, Progress } from './reads.ts';

const RATE_PER_SECOND = 150;
const HUNG_AFTER_MS = 10_000;
const RECOVERY_LIMIT_MS = 20_000;
const OUTAGE_MS = 3000;
/** Between two outages: longer than the ramp. */
const CALM_MS = 4000;

/** One outage. Times are in milliseconds. */
export type Outage = {
  /** From the fault until the breaker was open. */
  readonly openedAfterMs: number;
  /** From when PostgreSQL answered a statement of a stranger's until the first write was acknowledged. */
  readonly wroteAfterMs: number;
  /** What of that was waiting for the probe that was due next. */
  readonly untilProbeMs: number;
};

export type RecoveryResult = {
  readonly killed: readonly Outage[];
  readonly frozen: readonly Outage[];
  readonly written: Written;
};

/** Outages under the drill's load, each with its moments; and in the end what PostgreSQL holds of what was written. */
export async function measureRecovery(
  stage: BenchStage,
  { outages }: OutageEffort,
  progress: Progress,
): Promise<RecoveryResult> {
  const { postgres } = stage.servers;
  const { kill, freeze, thaw } = postgres.commands;
  const instance = await stage.start();
  const load = await beginLoad({
    origins: [instance.origin],
    material: await stage.material(instance.origin),
    ratePerSecond: RATE_PER_SECOND,
    limitMs: HUNG_AFTER_MS,
    retryElsewhere: false,
    run: randomBytes(4).toString('hex'),
  });
  try {
    const killed: Outage[] = [];
    const frozen: Outage[] = [];
    for (let turn = 1; turn <= outages; turn += 1) {
      killed.push(await outage(stage, instance, load, () => runShell(kill), postgres.start));
      frozen.push(
        await outage(
          stage,
          instance,
          load,
          () => runShell(freeze),
          () => runShell(thaw),
        ),
      );
      progress(`opening and recovery: ${turn} of ${outages} kills and freezes`);
    }
    return { killed, frozen, written: await checkWritten(postgres.url, await load.end()) };
  } finally {
    load.kill();
    await stage.restore();
    await instance.stop();
  }
}

async function outage(
  stage: BenchStage,
  instance: Instance,
  load: LoadControl,
  begin: () => Promise<unknown>,
  end: () => Promise<unknown>,
): Promise<Outage> {
  await untilHealthy(instance);
  await sleep(CALM_MS);
  const beganAt = Date.now();
  await begin();
  const { since } = await untilOpen(instance);
  await sleep(OUTAGE_MS);
  const [answeredAt] = await Promise.all([untilPostgresAnswers(stage.servers.postgres.url), end()]);
  const { nextProbeAt } = await databaseReport(instance);
  const wroteAt = await eventually(async () => firstWriteAfter(load, answeredAt), RECOVERY_LIMIT_MS, 20);
  return {
    openedAfterMs: since - beganAt,
    wroteAfterMs: wroteAt - answeredAt,
    untilProbeMs: Math.max(0, nextProbeAt - answeredAt),
  };
}

function firstWriteAfter({ records }: LoadControl, from: number): number {
  const answers = records
    .filter(({ kind, outcome, at, ms }) => kind === 'write' && outcome === 'answered' && at + ms >= from)
    .map(({ at, ms }) => at + ms);
  if (answers.length === 0) throw new Error('No write was acknowledged since PostgreSQL is back.');
  return Math.min(...answers);
}
