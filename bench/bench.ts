import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backupTable, measureBackup } from './backup.ts';
import { type CleanUp, type GrowthResult, growth } from './growth.ts';
import { growthTables, plansOf } from './growth-report.ts';
import { importTable, measureImport } from './import.ts';
import { thisMachine } from './machine.ts';

const RESULTS = join(import.meta.dirname, 'results');
const LARGE = 1_000_000;

const HELP = `npm run bench               everything
npm run bench -- growth     each read with 1,000 articles and with 1,000,000
npm run bench -- import     a SQLite file of 1,000,000 rows, beside COPY of the same rows
npm run bench -- backup     a backup of 1,000,000 articles and its restore, beside pg_dump and pg_restore
  --articles N              with N instead of 1,000,000
Results are printed, and written to bench/results/.`;

const MEASUREMENTS = ['growth', 'import', 'backup'] as const;

/** Runs the named measurements, each on servers of its own that are removed again however it ends. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { articles: { type: 'string', default: String(LARGE) }, help: { type: 'boolean' } },
  });
  const articles = Number(values.articles);
  if (
    values.help ||
    positionals.some((name) => !MEASUREMENTS.some((known) => known === name)) ||
    !(articles >= 1000)
  ) {
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
    const chosen = (name: (typeof MEASUREMENTS)[number]) => positionals.length === 0 || positionals.includes(name);
    const progress = (sentence: string) => console.error(`  ${sentence}`);
    const addTask: CleanUp = (task) => tasks.push(task);
    if (chosen('growth')) writeGrowth(await growth(articles, addTask, progress));
    if (chosen('import')) write('import', await measureImport(articles, addTask, progress), importTable);
    if (chosen('backup')) write('backup', await measureBackup(articles, addTask, progress), backupTable);
    return 0;
  } finally {
    await cleanUp();
  }
}

function writeGrowth(result: GrowthResult): void {
  write('growth', result, growthTables);
  mkdirSync(join(RESULTS, 'plans'), { recursive: true });
  for (const [name, text] of plansOf(result)) writeFileSync(join(RESULTS, 'plans', name), `${text}\n`);
}

/** Prints the result and writes it to bench/results, for people and for programs. */
function write<Result extends object>(name: string, result: Result, tables: (result: Result) => string): void {
  console.log(tables(result));
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(
    join(RESULTS, `${name}.json`),
    `${JSON.stringify({ machine: thisMachine(), ...result }, null, 2)}\n`,
  );
  writeFileSync(join(RESULTS, `${name}.md`), `${tables(result)}\n`);
}

process.exit(await main());
