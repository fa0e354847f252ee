import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { goalTable, withGoal } from './goals.ts';
import { machineInWords } from './machine.ts';
import type { Measured, Report } from './measurement.ts';
import { benchPage } from './report/page.ts';
import { stolenInWords } from './stolen-time.ts';

const FOLDER = join(import.meta.dirname, 'results');

/**
 * Keeps a measurement as NAME.json and NAME.md, and writes what shows all that are kept: goals.md, results.json and
 * index.html. So a long run that is cut off loses nothing, and one part can be measured anew.
 */
export function keep(measured: Measured, files: Report['files'], names: readonly string[], folder = FOLDER): void {
  const write = (file: string, text: string) => writeInto(folder, file, text);
  write(`${measured.name}.json`, JSON.stringify(measured, null, 1));
  write(`${measured.name}.md`, measured.markdown);
  for (const [file, text] of files ?? []) write(file, text);
  const all = names
    .map((name) => (name === measured.name ? measured : kept(name, folder)))
    .filter((each) => each !== undefined);
  write('goals.md', goalsOf(all));
  write('results.json', JSON.stringify(all.map(({ plots, ...figures }) => figures)));
  write('index.html', benchPage(all));
}

export const PAGE = join(FOLDER, 'index.html');

function goalsOf(all: readonly Measured[]): string {
  const machines = [...new Set(all.map(({ machine }) => machineInWords(machine)))];
  const measured = all.map(
    ({ name, at, machine, stolen }) =>
      `- ${name}: ${at.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}${stolenInWords(stolen)}`,
  );
  const table = goalTable(withGoal(all.flatMap(({ lines }) => lines)));
  return [...machines, '', ...measured, '', table].join('\n');
}

/** What was measured under that name last, if it was, and in the form of today. */
function kept(name: string, folder: string): Measured | undefined {
  try {
    const text = readFileSync(join(folder, `${name}.json`), 'utf8');
    const found = JSON.parse(text, (_key, value) => (value === null ? Number.NaN : value)) as Partial<Measured>;
    return found.lines && found.plots && found.machine ? (found as Measured) : undefined;
  } catch {
    return undefined;
  }
}

function writeInto(folder: string, file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}
