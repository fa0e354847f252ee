import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { thisMachine } from './machine.ts';
import type { Context } from './measurement.ts';
import { MEASUREMENTS } from './measurements.ts';
import { readOptions } from './options.ts';

const RESULTS = join(import.meta.dirname, 'results');

/** Runs the named measurements, each on servers of its own that are removed again however it ends. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if ('print' in options) {
    console.log(options.print);
    return options.code;
  }
  const tasks: (() => Promise<void> | void)[] = [];
  const cleanUp = async () => {
    for (const task of tasks.splice(0).reverse()) await task();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void cleanUp().finally(() => process.exit(1)));
  }
  const context: Context = {
    cleanUp: (task) => tasks.push(task),
    progress: (sentence) => console.error(`  ${sentence}`),
  };
  const machine = thisMachine();
  let failed = false;
  for (const [name, measurement] of MEASUREMENTS) {
    if (!options.names.includes(name)) continue;
    try {
      const report = await measurement.run(options, context);
      console.log(report.markdown);
      write(`${name}.json`, JSON.stringify({ machine, ...report.result }, null, 2));
      write(`${name}.md`, report.markdown);
      for (const [file, text] of report.files ?? []) write(file, text);
      for (const failure of report.failures ?? []) console.error(`${name} failed: ${failure}`);
      failed ||= (report.failures ?? []).length > 0;
    } finally {
      await cleanUp();
    }
  }
  return failed ? 1 : 0;
}

function write(file: string, text: string): void {
  const path = join(RESULTS, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

process.exit(await main());
