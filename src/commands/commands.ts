import { backup } from './backup.ts';
import { backupVerify } from './backup-verify.ts';
import { breaker } from './breaker.ts';
import type { Command } from './command.ts';
import { doctor } from './doctor.ts';
import { importSqliteFile } from './import-sqlite.ts';
import { migrate } from './migrate.ts';
import { restore } from './restore.ts';
import { schedule } from './schedule.ts';
import { seed } from './seed.ts';

/** Every command by its name, as in `npm run NAME`. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    migrate,
    seed,
    backup,
    'backup:verify': backupVerify,
    restore,
    schedule,
    'import:sqlite': importSqliteFile,
    doctor,
    breaker,
  }),
);
