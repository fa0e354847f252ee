import { runSchedule } from '../safety/backups/schedule.ts';
import type { Command } from './command.ts';

export const schedule: Command = {
  help: `npm run schedule
  Takes a backup every day at BACKUP_AT (UTC), proves it by restoring it, and removes those that have had their time.
  Runs until it is told to end. Of several, one works.`,
  options: {},
  async run(config) {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const say = (sentence: string) => console.log(`${new Date().toISOString()} ${sentence}`);
    const { name, host } = config.database;
    say(`Backups of ${name} on ${host} go to ${config.backups.folder}`);
    await runSchedule(config, say, stop.signal);
    say('Ended.');
    return 0;
  },
};
