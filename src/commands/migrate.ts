import { migrate as applyMigrations } from '../safety/migrations/migrate.ts';
import type { Command } from './command.ts';

export const migrate: Command = {
  help: 'npm run migrate\n  Applies every pending migration of sql/migrations to the configured database.',
  options: {},
  async run(config) {
    const applied = await applyMigrations(config.database, (sentence) => console.log(sentence));
    const { host, name } = config.database;
    console.log(
      applied.length === 0
        ? `Nothing to do: every migration is applied to ${name} on ${host}.`
        : `Applied ${applied.length} to ${name} on ${host}.`,
    );
    return 0;
  },
};
