import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CommandError, runCommand } from './run-command.ts';

/** Where systems keep it. */
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const INSTALL_MS = 5 * 60_000;

/**
 * The browser that the tests and benches drive: CHROMIUM, else the system's, else the one that
 * playwright-core downloads (about 170 MB, once).
 * @throws Error saying how to get one
 */
export async function resolveChromium(say: (line: string) => void = () => {}): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM names ${named}, which is not there.`);
  }
  const found = [...USUAL_PLACES, chromium.executablePath()].find((path) => existsSync(path));
  if (found) return found;
  say('No Chromium on this machine: downloading one (about 170 MB).');
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright-core/package.json')));
  try {
    await runCommand(process.execPath, [cli, 'install', 'chromium'], {
      env: process.env,
      timeoutMs: INSTALL_MS,
    });
  } catch (error) {
    const said = error instanceof CommandError ? ` ${error.output.trim().slice(-300)}` : '';
    throw new Error(
      `A browser is needed, and none could be downloaded.${said} Install one ("apt-get install chromium") or set CHROMIUM to its path.`,
      { cause: error },
    );
  }
  return chromium.executablePath();
}
