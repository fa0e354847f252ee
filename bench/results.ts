import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { goalTable, withGoal } from './goals.ts';
import { machineInWords } from './machine.ts';
import type { Measured, Report } from './measurement.ts';
import { benchPage } from './report/page.ts';

const FOLDER = join(import.meta.dirname, 'results');

/**
 * Keeps a measurement as NAME.json and NAME.md, and writes what shows all that are kept: goals.md, results.json and
 * index.html. So a long run that is cut off loses nothing, and one part can be measured anew.
 */
export function keep(measured: Measured, files: Report['files'], names: readonly string[]): void {
  write(`${measured.name}.json`, JSON.stringify(measured, null, 1));
  write(`${measured.name}.md`, measured.markdown);
  for (const [file, text] of files ?? []) write(file, text);
  const all = names.map(kept).filter((each) => each !== undefined);
  write('goals.md', goalsOf(all));
  write('results.json', JSON.stringify(all.map(({ plots, ...figures }) => figures)));
  write('index.html', benchPage(all));
}

export const PAGE = join(FOLDER, 'index.html');

function goalsOf(all: readonly Measured[]): string {
  const machines = [...new Set(all.map(({ machine }) => machineInWords(machine)))];
  return [...machines, '', goalTable(withGoal(all.flatMap(({ lines }) => lines)))].join('\n');
}

/** What was measured under that name last, if it was. */
function kept(name: string): Measured | undefined {
  try {
    return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Measured;
  } catch {
    return undefined;
  }
}

function write(file: string, text: string): void {
  const path = join(FOLDER, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}
