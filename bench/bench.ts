import { notMeasured } from './goals.ts';
import { type Machine, thisMachine } from './machine.ts';
import type { Context, Measurement, Report } from './measurement.ts';
import { MEASUREMENTS } from './measurements.ts';
import { type BenchCommand, readOptions } from './options.ts';
import { keep, PAGE } from './results.ts';
import { countStolenTime, stolenInWords } from './stolen-time.ts';

/** Runs the named measurements, each on servers of its own that are removed again however it ends. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if ('print' in options) {
    console.log(options.print);
    return options.code;
  }
  const tasks: (() => Promise<void> | void)[] = [];
  const cleanUp = async () => {
    for (const task of tasks.splice(0).reverse()) {
      await Promise.resolve(task()).catch((error) => console.error('cleaning up:', error));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void cleanUp().finally(() => process.exit(1)));
  }
  const context: Context = {
    cleanUp: (task) => tasks.push(task),
    progress: (sentence) => console.error(`  ${sentence}`),
  };
  const machine = await thisMachine();
  let failed = false;
  for (const [name, measurement] of MEASUREMENTS) {
    if (!options.names.includes(name)) continue;
    console.error(`${name}: ${measurement.sentence}`);
    try {
      const { failures = [] } = await measured(name, measurement, options, context, machine);
      for (const failure of failures) console.error(`${name} failed: ${failure}`);
      failed ||= failures.length > 0;
    } catch (error) {
      console.error(`${name} could not be kept; look at the folder of ${PAGE}:`, error);
      failed = true;
    } finally {
      await cleanUp();
    }
  }
  console.error(`All of it, with drawings: ${PAGE}`);
  return failed ? 1 : 0;
}

/** One measurement, kept and printed. What could not be measured says why, and the others go on. */
async function measured(
  name: string,
  measurement: Measurement,
  options: BenchCommand,
  context: Context,
  machine: Machine,
): Promise<Report> {
  const startedAt = performance.now();
  const stolenTime = countStolenTime();
  const report = await measurement.run(options, context).catch((error: unknown): Report => {
    const why = error instanceof Error ? error.message : String(error);
    const lines = [notMeasured(name, why)];
    return { lines, plots: [], markdown: `Not measured: ${why}`, result: {}, failures: [why] };
  });
  const stolen = stolenTime();
  console.log(`\n## ${name}\n\n${report.markdown}\n`);
  const { files, ...kept } = report;
  const { sentence } = measurement;
  const [at, seconds] = [new Date().toISOString(), (performance.now() - startedAt) / 1000];
  console.log(`Within ${Math.round(seconds)} s${stolenInWords(stolen)}.\n`);
  keep({ name, sentence, at, seconds, stolen, machine, ...kept }, files, [...MEASUREMENTS.keys()]);
  return report;
}

process.exit(await main());
