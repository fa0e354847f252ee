import { dockerAnswers } from './container-server.ts';
import { aptGet, installCommand, installPackages, type Missing } from './debian-packages.ts';
import { findPostgres, type PostgresPrograms } from './postgres-programs.ts';
import { ServersUnavailable } from './server.ts';

/**
 * Sees to it that the missing servers can be had: a Docker engine will do if `docker` says so, else Debian's packages
 * are installed if we may install them.
 * @throws {ServersUnavailable} naming what to install
 */
export async function provide(
  missing: readonly Missing[],
  docker: 'will-do' | 'will-not-do',
  progress: (sentence: string) => void,
): Promise<void> {
  if (missing.length === 0 || (docker === 'will-do' && (await dockerAnswers()))) return;
  const apt = await aptGet();
  if (apt === undefined) {
    const engine =
      docker === 'will-do'
        ? { lacks: ', no Docker engine answers', remedy: ' or start Docker' }
        : { lacks: ' of its own, which this needs (a Docker engine will not do)', remedy: '' };
    throw new ServersUnavailable(
      `This machine has no ${missing.join(' and no ')} server${engine.lacks}, and Debian packages cannot be ` +
        `installed by this user. Install them (Debian, Ubuntu: ${installCommand(missing)})${engine.remedy}, ` +
        'then run this again.',
    );
  }
  progress(`Installing Debian's packages for ${missing.join(' and ')}: ${installCommand(missing)}`);
  await installPackages(apt, missing);
}

/**
 * PostgreSQL's own programs on this machine, for what a Docker engine will not do.
 * @throws {ServersUnavailable} naming what to install
 */
export async function providePostgres(progress: (sentence: string) => void): Promise<PostgresPrograms> {
  const present = await findPostgres();
  if (present !== undefined) return present;
  await provide(['postgres'], 'will-not-do', progress);
  const installed = await findPostgres();
  if (installed === undefined) throw new ServersUnavailable('PostgreSQL was installed, and is not to be found.');
  return installed;
}
