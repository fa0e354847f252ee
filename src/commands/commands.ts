import { breaker } from './breaker.ts';
import type { Command } from './command.ts';
import { doctor } from './doctor.ts';
import { migrate } from './migrate.ts';
import { seed } from './seed.ts';

/** Every command by its name, as in `npm run NAME`. */
export const commands: ReadonlyMap<string, Command> = new Map(Object.entries({ migrate, seed, doctor, breaker }));
