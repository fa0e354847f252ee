import { type Missing, PACKAGES } from '../src/throwaway/debian-packages.ts';
import { neededProgram } from '../src/throwaway/needed-program.ts';

/** node scripts/need-programs.ts NAME …: sees to it that they are on this machine, or says what to install. */
for (const name of process.argv.slice(2)) {
  if (!isKnown(name)) throw new Error(`${name} is none of: ${Object.keys(PACKAGES).join(', ')}`);
  try {
    await neededProgram(name, console.log);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function isKnown(name: string): name is Missing {
  return Object.hasOwn(PACKAGES, name);
}
