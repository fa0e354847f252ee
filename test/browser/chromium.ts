import { type Browser, chromium } from 'playwright-core';
import { findProgram, run } from '../../src/throwaway/shell.ts';

const PACKAGE = 'chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Debian's Chromium, without a window and with a profile of its own that is removed with it.
 * @throws {Error} naming what to install, where it is missing and we may not install it
 */
export async function launchChromium(progress: (sentence: string) => void): Promise<Browser> {
  const executablePath = (await findChromium()) ?? (await installChromium(progress));
  // Signals are for the script to handle: it has more to clean up than a browser.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, headless: true, args: FLAGS, ...signals });
}

function findChromium(): Promise<string | undefined> {
  return findProgram(PACKAGE, ['/usr/bin']);
}

async function installChromium(progress: (sentence: string) => void): Promise<string> {
  const apt = await findProgram('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) {
    throw new Error(`Chromium is missing. Install it (Debian: apt-get install ${PACKAGE}) and run this again.`);
  }
  progress(`Installing Debian's package ${PACKAGE}`);
  const quietly = { environment: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 600_000 };
  await run(apt, ['update', '-qq'], quietly);
  await run(apt, ['install', '-qq', '--yes', '--no-install-recommends', PACKAGE], quietly);
  const installed = await findChromium();
  if (installed === undefined) throw new Error(`Debian's package ${PACKAGE} brought no program of that name.`);
  return installed;
}
