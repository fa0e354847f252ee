import type { Config } from '../config/config.ts';
import { ownerAddress } from '../config/owner-address.ts';
import { takeBackup } from '../safety/backups/take.ts';
import { withConnection } from '../safety/connection.ts';
import { compareLedger, explainVerdict, readLedger } from '../safety/migrations/ledger.ts';
import { migrate as applyMigrations } from '../safety/migrations/migrate.ts';
import { readMigrations } from '../safety/migrations/migration-files.ts';
import { createMigration } from '../safety/migrations/new-migration.ts';
import { validateMigrations } from '../safety/migrations/validate.ts';
import { rehearse } from '../safety/rehearsal.ts';
import { describeRehearsal } from '../safety/rehearsal-report.ts';
import { type Command, UsageError } from './command.ts';

const HELP = `npm run migrate
  Takes a backup and applies every pending migration of sql/migrations to the configured database.
  --without-backup  takes none: what a migration destroys is then gone for good

npm run migrate -- status     lists what is applied and what is pending; exit code 1 unless all is applied
npm run migrate -- validate   reads the files as PostgreSQL would and compares them with the ledger; runs nothing
npm run migrate -- rehearse   restores the newest backup beside the database and migrates that
npm run migrate -- new NAME   makes the file for the next migration`;

export const migrate: Command = {
  help: HELP,
  options: { 'without-backup': { type: 'boolean' } },
  wordsAtMost: 2,
  async run(config, options, [action, name]) {
    if (name !== undefined && action !== 'new') throw new UsageError(`Unexpected argument: "${name}".`);
    if (action !== undefined && options['without-backup'] === true) {
      throw new UsageError(`--without-backup means nothing to ${action}.`);
    }
    switch (action) {
      case undefined:
        return apply(config, options['without-backup'] !== true);
      case 'status':
        return showStatus(config);
      case 'validate':
        return validate(config);
      case 'rehearse':
        console.log(describeRehearsal(await rehearse(config, console.log)));
        return 0;
      case 'new':
        if (name === undefined) {
          throw new UsageError('Name the migration: npm run migrate -- new add_views');
        }
        console.log(`Write the migration: ${createMigration(name)}`);
        return 0;
      default:
        throw new UsageError(`Unexpected argument: "${action}".`);
    }
  },
};

async function apply(config: Config, withBackup: boolean): Promise<number> {
  const { host, name, user } = config.database;
  const applied = await applyMigrations(ownerAddress(config.database), console.log, {
    serverRole: user,
    ...(withBackup && { backUp: () => takeBackup(config, { reason: 'pre-migration', progress: console.log }) }),
  });
  console.log(
    applied.length === 0
      ? `Nothing to do: every migration is applied to ${name} on ${host}.`
      : `Applied ${applied.length} to ${name} on ${host}.`,
  );
  return 0;
}

async function showStatus(config: Config): Promise<number> {
  const files = readMigrations();
  const ledger = await withConnection(ownerAddress(config.database), readLedger);
  const appliedAt = new Map(ledger?.map((entry) => [entry.name, entry.appliedAt]));
  const names = new Set([...files.map(({ name }) => name), ...appliedAt.keys()]);
  for (const name of [...names].sort()) {
    console.log(`${appliedAt.get(name)?.toISOString() ?? 'pending                 '}  ${name}`);
  }
  const verdict = compareLedger(files, ledger);
  console.log(explainVerdict(verdict));
  return verdict.state === 'current' ? 0 : 1;
}

/** Pending migrations are as they should be; everything else is not. */
async function validate(config: Config): Promise<number> {
  const files = readMigrations();
  await validateMigrations(files);
  console.log(`${files.length} files are in order.`);
  const verdict = compareLedger(files, await withConnection(ownerAddress(config.database), readLedger));
  console.log(explainVerdict(verdict));
  return ['current', 'missing', 'behind'].includes(verdict.state) ? 0 : 1;
}
