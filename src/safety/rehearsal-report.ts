import { age } from './backups/units.ts';
import type { HeldLock, Rehearsal } from './rehearsal.ts';

/** What each mode keeps others from, where it keeps them from anything they do every day. */
const KEEPS_OFF: Readonly<Record<string, string>> = {
  ShareLock: 'keeps off writers',
  ShareRowExclusiveLock: 'keeps off writers',
  ExclusiveLock: 'keeps off writers',
  AccessExclusiveLock: 'keeps off readers and writers',
};

/** A rehearsal in lines for a person. */
export function describeRehearsal(rehearsal: Rehearsal): string {
  const { backup, takenAt, migrations } = rehearsal;
  const old = age(Date.now() - takenAt.getTime());
  if (migrations.length === 0) return `Nothing is pending in ${backup}, which is ${old} old.`;
  return [
    `Rehearsed on ${backup}, which is ${old} old. The database itself was not touched.`,
    ...migrations.flatMap(({ name, durationMs, locks }) => [
      `  ${name}: ${Math.round(durationMs)} ms`,
      ...locks.map(describeLock),
    ]),
    'Schema:',
    ...indentedOr(schemaChanges(rehearsal), 'nothing changes'),
    'Rows:',
    ...indentedOr(rowChanges(rehearsal), 'every table keeps its rows as they are'),
  ].join('\n');
}

function describeLock({ table, mode }: HeldLock): string {
  const keepsOff = KEEPS_OFF[mode];
  return `    ${mode} on ${table}${keepsOff === undefined ? '' : `, which ${keepsOff} until the migration ends`}`;
}

function schemaChanges({ schemaBefore, schemaAfter }: Rehearsal): string[] {
  const things = [...new Set([...schemaBefore.keys(), ...schemaAfter.keys()])].sort();
  return things.flatMap((thing) => {
    const [before, after] = [schemaBefore.get(thing), schemaAfter.get(thing)];
    if (before === after) return [];
    if (before === undefined) return [`+ ${thing}: ${after}`];
    if (after === undefined) return [`- ${thing}`];
    return [`~ ${thing}: ${before} becomes ${after}`];
  });
}

function rowChanges({ rowsBefore, rowsAfter }: Rehearsal): string[] {
  const was = new Map(rowsBefore.map((table) => [table.name, table]));
  const is = new Map(rowsAfter.map((table) => [table.name, table]));
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((name) => !name.includes('schema_migration'))
    .sort()
    .flatMap((name) => {
      const [one, other] = [was.get(name), is.get(name)];
      if (one === undefined) return [`+ ${name}: ${other?.rows} rows`];
      if (other === undefined) return [`- ${name}: ${one.rows} rows are gone`];
      if (one.rows !== other.rows) return [`~ ${name}: ${one.rows} rows become ${other.rows}`];
      return one.checksum === other.checksum ? [] : [`~ ${name}: ${one.rows} rows, with other values`];
    });
}

function indentedOr(lines: readonly string[], otherwise: string): string[] {
  return (lines.length === 0 ? [otherwise] : lines).map((line) => `  ${line}`);
}
