import type { Command } from './command.ts';

/** Every command by its name, as in `npm run NAME`. Only the one that is asked for is loaded. */
export const commands: ReadonlyMap<string, () => Promise<Command>> = new Map(
  Object.entries({
    migrate: async () => (await import('./migrate.ts')).migrate,
    seed: async () => (await import('./seed.ts')).seed,
    backup: async () => (await import('./backup.ts')).backup,
    'backup:verify': async () => (await import('./backup-verify.ts')).backupVerify,
    restore: async () => (await import('./restore.ts')).restore,
    schedule: async () => (await import('./schedule.ts')).schedule,
    'import:sqlite': async () => (await import('./import-sqlite.ts')).importSqliteFile,
    doctor: async () => (await import('./doctor.ts')).doctor,
    breaker: async () => (await import('./breaker.ts')).breaker,
  }),
);
