import type { Config } from '../config/config.ts';
import { explainAhead } from '../safety/backups/clock.ts';
import { isBackupAhead, isDamaged, listBackups } from '../safety/backups/store.ts';
import { takeBackup } from '../safety/backups/take.ts';
import { age, megabytes, seconds } from '../safety/backups/units.ts';
import { proofOf, readVerification } from '../safety/backups/verification.ts';
import type { Command } from './command.ts';

const HELP = `npm run backup
  Takes a backup of the configured database into BACKUP_DIR. Prove it with: npm run backup:verify

npm run backup -- --list
  Lists the backups there are, newest first.`;

export const backup: Command = {
  help: HELP,
  options: { list: { type: 'boolean' } },
  async run(config, options) {
    if (options.list === true) return list(config);
    const { name, dump, contents, durationMs } = await takeBackup(config, {
      reason: 'manual',
      progress: console.log,
    });
    const rows = contents.tables.reduce((sum, table) => sum + table.rows, 0);
    console.log(
      `Took ${name}: ${rows} rows of ${contents.tables.length} tables in ${megabytes(dump.bytes)}, ` +
        `${seconds(durationMs)}. Prove it with: npm run backup:verify`,
    );
    return 0;
  },
};

async function list({ backups, database }: Config): Promise<number> {
  const found = await listBackups(backups.folder, database.name);
  if (found.length === 0) console.log(`There is no backup of ${database.name} in ${backups.folder}.`);
  const now = new Date();
  const isYetToCome = (one: { readonly name: string }) => isBackupAhead(database.name, one, now);
  for (const one of found) {
    if (isDamaged(one)) {
      console.log(`${one.name}  ${one.damage.message}`);
      continue;
    }
    const { takenAt, dump, schema } = one.manifest;
    const verification = await readVerification(one.path);
    const proof = proofOf(verification) === 'passed' ? 'verified' : (verification?.problem ?? 'not verified');
    const old = isYetToCome(one) ? 'of a time yet to come' : `${age(now.getTime() - Date.parse(takenAt))} old`;
    console.log(`${one.name}  ${old}, ${megabytes(dump.bytes)}, schema ${schema.version ?? 'none'}, ${proof}`);
  }
  const ahead = found.filter(isYetToCome).map(({ name }) => name);
  if (ahead.length > 0) console.log(explainAhead(ahead));
  return 0;
}
