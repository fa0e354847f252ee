import { type Browser, chromium } from 'playwright-core';
import { neededProgram } from '../../src/throwaway/needed-program.ts';

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
 * @throws {ServersUnavailable} naming what to install, where it is missing and we may not install it
 */
export async function launchChromium(progress: (sentence: string) => void): Promise<Browser> {
  const executablePath = await neededProgram('chromium', progress);
  // Signals are for the script to handle: it has more to clean up than a browser.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, headless: true, args: FLAGS, ...signals });
}
