import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { growth } from './growth.ts';
import { growthTables, plansOf } from './growth-report.ts';
import { thisMachine } from './machine.ts';

const RESULTS = join(import.meta.dirname, 'results');
const LARGE = 1_000_000;

const HELP = `npm run bench               everything
npm run bench -- growth     each read with 1,000 articles and with 1,000,000
  --articles N              with N instead of 1,000,000
Results are printed, and written to bench/results/.`;

/** Runs the named measurements, each on servers of its own that are removed again however it ends. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { articles: { type: 'string', default: String(LARGE) }, help: { type: 'boolean' } },
  });
  const articles = Number(values.articles);
  if (values.help || positionals.some((name) => name !== 'growth') || !(articles >= 1000)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const tasks: (() => Promise<void> | void)[] = [];
  const cleanUp = async () => {
    for (const task of tasks.splice(0).reverse()) await task();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void cleanUp().finally(() => process.exit(1)));
  }
  try {
    const machine = thisMachine();
    const result = await growth(
      articles,
      (task) => tasks.push(task),
      (sentence) => console.error(`  ${sentence}`),
    );
    console.log(growthTables(result));
    mkdirSync(join(RESULTS, 'plans'), { recursive: true });
    writeFileSync(join(RESULTS, 'growth.json'), `${JSON.stringify({ machine, ...result }, null, 2)}\n`);
    writeFileSync(join(RESULTS, 'growth.md'), `${growthTables(result)}\n`);
    for (const [name, text] of plansOf(result)) writeFileSync(join(RESULTS, 'plans', name), `${text}\n`);
    return 0;
  } finally {
    await cleanUp();
  }
}

process.exit(await main());
