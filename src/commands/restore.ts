import { createInterface } from 'node:readline/promises';
import type { Config } from '../config/config.ts';
import { planRestore, type RestorePlan, restore as restoreBackup } from '../safety/backups/restore.ts';
import { findReplaced, undoRestore } from '../safety/backups/undo.ts';
import { age, megabytes } from '../safety/backups/units.ts';
import { type Command, type CommandOptions, UsageError } from './command.ts';

const HELP = `npm run restore -- latest        restores the newest backup, but for those taken before a restore
npm run restore -- NAME          another one: a name out of npm run backup -- --list, or a path
  It says what it will do and asks. The present database is backed up first, and kept for seven days.
  --yes                    does not ask
  --without-backup-first   goes on when the present database cannot be backed up

npm run restore -- undo          puts the database that the last restore replaced back in its place`;

export const restore: Command = {
  help: HELP,
  options: { yes: { type: 'boolean' }, 'without-backup-first': { type: 'boolean' } },
  wordsAtMost: 1,
  async run(config, options, [meant]) {
    if (meant === undefined) throw new UsageError('Say which backup: latest, a name, or a path.');
    return meant === 'undo' ? undo(config, options) : restoreFrom(config, options, meant);
  },
};

async function restoreFrom(config: Config, options: CommandOptions, meant: string): Promise<number> {
  const plan = await planRestore(config, meant);
  const withoutBackupFirst = options['without-backup-first'] === true;
  describe(config, plan, withoutBackupFirst);
  if (!(await isConfirmed(options))) return 1;
  const kept = await restoreBackup(config, plan, { withoutBackupFirst, progress: console.log });
  console.log(`Restored: ${config.database.name} is what ${plan.backup.name} was.`);
  if (kept !== undefined) {
    console.log(`What it was before is kept as ${kept} for seven days. To go back: npm run restore -- undo`);
  }
  return 0;
}

function describe({ database }: Config, { backup, replaces, pending }: RestorePlan, withoutBackupFirst: boolean) {
  const { takenAt, reason, dump, contents, schema } = backup.manifest;
  const rows = contents.tables.reduce((sum, table) => sum + table.rows, 0);
  const where = `${database.name} on ${database.host}:${database.port}`;
  console.log(`${backup.name}
  was taken ${takenAt} (${age(Date.now() - Date.parse(takenAt))} ago, ${reason}): ${rows} rows, ${megabytes(dump.bytes)}, schema ${schema.version}
This will
${[
  ...(replaces && !withoutBackupFirst ? [`back up ${where} as it is now`] : []),
  'restore into a new database and compare every row with what was backed up',
  ...(pending.length > 0 ? [`bring it to this code's schema: ${pending.join(', ')}`] : []),
  replaces
    ? `put it in the place of ${where}, which disconnects everybody for a moment; reads are answered from the cache`
    : `give it the name ${where}, which does not exist now`,
  ...(replaces ? ['keep the present database beside it for seven days (npm run restore -- undo goes back)'] : []),
]
  .map((step) => `  - ${step}`)
  .join('\n')}`);
  if (replaces) console.log(`What was written after ${takenAt} will not be in ${database.name} any more.`);
}

async function undo(config: Config, options: CommandOptions): Promise<number> {
  const { name, replacedAt } = await findReplaced(config);
  const { database } = config;
  console.log(
    `This will put ${name}, which was replaced ${age(Date.now() - replacedAt.getTime())} ago, back in the place of ` +
      `${database.name} on ${database.host}:${database.port}.\n` +
      'What was written since then will not be there any more; the present database is kept beside it for seven days.',
  );
  if (!(await isConfirmed(options))) return 1;
  const kept = await undoRestore(config, { name, replacedAt });
  console.log(
    `Undone: ${database.name} is what it was before the restore. What it was until now is kept as ${kept}.`,
  );
  return 0;
}

async function isConfirmed(options: CommandOptions): Promise<boolean> {
  if (options.yes === true) return true;
  if (!process.stdin.isTTY) {
    console.error('Nothing was done: there is nobody to ask. Run it in a terminal, or with --yes.');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await asking.question('Go on? (yes/no) ');
    if (/^y(es)?$/i.test(answer.trim())) return true;
    console.log('Nothing was done.');
    return false;
  } finally {
    asking.close();
  }
}
