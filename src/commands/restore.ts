import { createInterface } from 'node:readline/promises';
import type { Config } from '../config/config.ts';
import { isAhead } from '../safety/backups/clock.ts';
import { planRestore, type RestorePlan, restore as restoreBackup } from '../safety/backups/restore.ts';
import { ONLY_COUNTED } from '../safety/backups/restore-into.ts';
import { planUndo, undoRestore } from '../safety/backups/undo.ts';
import { age, megabytes } from '../safety/backups/units.ts';
import { type Command, type CommandOptions, UsageError } from './command.ts';

const HELP = `npm run restore -- latest        restores the newest backup, but for those taken before a restore
npm run restore -- NAME          another one: a name out of npm run backup -- --list, or a path
  It says what it will do and asks. The present database is backed up first, and kept for seven days.
  --yes                    does not ask
  --without-backup-first   goes on when the present database cannot be backed up
  --without-room-check     goes on when the disk of PostgreSQL seems too small; if it is, it gets full

npm run restore -- undo          puts the database that the last restore replaced back in its place; once, however often
                                 it is said
npm run restore -- undo NAME     puts that one back: any that a restore or its undoing replaced, for seven days`;

export const restore: Command = {
  help: HELP,
  options: {
    yes: { type: 'boolean' },
    'without-backup-first': { type: 'boolean' },
    'without-room-check': { type: 'boolean' },
  },
  wordsAtMost: 2,
  async run(config, options, [meant, kept]) {
    if (meant === undefined) throw new UsageError('Say which backup: latest, a name, or a path.');
    if (meant === 'undo') return undo(config, options, kept);
    if (kept !== undefined) throw new UsageError(`Unexpected argument: "${kept}".`);
    return restoreFrom(config, options, meant);
  },
};

async function restoreFrom(config: Config, options: CommandOptions, meant: string): Promise<number> {
  const withoutRoomCheck = options['without-room-check'] === true;
  const plan = await planRestore(config, meant, { withoutRoomCheck, progress: console.log });
  const withoutBackupFirst = options['without-backup-first'] === true;
  describe(config, plan, withoutBackupFirst);
  if (!(await isConfirmed(options))) return 1;
  const kept = await restoreBackup(config, plan, { withoutBackupFirst, withoutRoomCheck, progress: console.log });
  console.log(
    `Restored: ${config.database.name} is what ${plan.backup.name} was${plan.comparesRows ? '' : ', as far as counting tells'}.`,
  );
  if (kept !== undefined) {
    console.log(`What it was before is kept as ${kept} for seven days. To go back: npm run restore -- undo`);
  }
  return 0;
}

function describe(
  { database }: Config,
  { backup, replaces, pending, comparesRows }: RestorePlan,
  withoutBackupFirst: boolean,
) {
  const { takenAt, reason, dump, contents, schema, database: origin } = backup.manifest;
  const rows = contents.tables.reduce((sum, table) => sum + table.rows, 0);
  const now = new Date();
  const old = isAhead(new Date(takenAt), now)
    ? 'yet to come: by a clock that was ahead'
    : `${age(now.getTime() - Date.parse(takenAt))} ago`;
  const where = `${database.name} on ${database.host}:${database.port}`;
  console.log(`${backup.name}
  was taken ${takenAt} (${old}, ${reason}): ${rows} rows, ${megabytes(dump.bytes)}, schema ${schema.version}
This will
${[
  ...(replaces && !withoutBackupFirst ? [`back up ${where} as it is now`] : []),
  comparesRows
    ? 'restore into a new database and compare every row with what was backed up'
    : `restore into a new database and count the rows of every table. ${ONLY_COUNTED}`,
  ...(pending.length > 0 ? [`bring it to this code's schema: ${pending.join(', ')}`] : []),
  replaces
    ? `put it in the place of ${where}, which disconnects everybody for a moment; reads are answered from the cache`
    : `give it the name ${where}, which does not exist now`,
  ...(replaces ? ['keep the present database beside it for seven days (npm run restore -- undo goes back)'] : []),
]
  .map((step) => `  - ${step}`)
  .join('\n')}`);
  if (origin.name !== database.name) {
    console.log(`It is a backup of another database: of ${origin.name}, not of ${database.name}.`);
  }
  if (replaces) console.log(`What was written after ${takenAt} will not be in ${database.name} any more.`);
}

async function undo(config: Config, options: CommandOptions, named: string | undefined): Promise<number> {
  const { database } = config;
  const plan = await planUndo(config, named);
  const { back, kept } = plan;
  if (back === undefined) {
    console.log(
      `Nothing to do: the last restore was undone ${age(Date.now() - kept[0].replacedAt.getTime())} ago. ` +
        `To have it back after all: npm run restore -- undo ${kept[0].name}`,
    );
    return 0;
  }
  console.log(
    `This will put ${back.name}, which was replaced ${age(Date.now() - back.replacedAt.getTime())} ago, back in the ` +
      `place of ${database.name} on ${database.host}:${database.port}.\n` +
      'What was written since then will not be there any more; the present database is kept beside it for seven days.',
  );
  for (const { name, replacedAt } of kept) {
    if (name === back.name) continue;
    console.log(
      `Kept, too: ${name}, replaced ${age(Date.now() - replacedAt.getTime())} ago (undo ${name} for that one)`,
    );
  }
  if (!(await isConfirmed(options))) return 1;
  const present = await undoRestore(config, { ...plan, back }, console.log);
  if (present === undefined) {
    console.log(`Nothing to do: ${back.name} was put back meanwhile.`);
    return 0;
  }
  console.log(
    `Undone: ${database.name} is what ${back.name} was. What it was until now is kept as ${present} for seven days. ` +
      `To have that back: npm run restore -- undo ${present}`,
  );
  return 0;
}

async function isConfirmed(options: CommandOptions): Promise<boolean> {
  if (options.yes === true) return true;
  if (!process.stdin.isTTY) {
    console.error(
      'Nothing was done: there is nobody to ask. Run it in a terminal, or with --yes: npm run restore -- … --yes',
    );
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
