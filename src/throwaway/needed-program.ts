import { aptGet, installCommand, installPackages, type Missing } from './debian-packages.ts';
import { ServersUnavailable } from './server.ts';
import { findProgram } from './shell.ts';

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * The path of a program on this machine; where it is missing, Debian's package is installed if we may.
 * @throws {ServersUnavailable} naming what to install
 */
export async function neededProgram(name: Missing, progress: (sentence: string) => void): Promise<string> {
  const found = await findProgram(name, FOLDERS);
  if (found !== undefined) return found;
  const command = installCommand([name]);
  const apt = await aptGet();
  if (apt === undefined) {
    throw new ServersUnavailable(
      `${name} is missing, and this user cannot install Debian packages. Install it (Debian, Ubuntu: ${command}) ` +
        'and run this again.',
    );
  }
  progress(`Installing Debian's package for ${name}: ${command}`);
  await installPackages(apt, [name]);
  const installed = await findProgram(name, FOLDERS);
  if (installed === undefined) throw new ServersUnavailable(`${command} brought no program ${name}.`);
  return installed;
}
