import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { resolveChromium } from '../../stack/chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));
const DESK = { width: 1_100, height: 800 };
const PHONE = { width: 375, height: 740 };

/** A browser window of one person, and what went wrong in it. */
export interface Window extends AsyncDisposable {
  page: Page;
  /** Errors on the page's console, such as a violation of its policy. */
  complaints: string[];
  signIn(apiUrl: string, token: string): Promise<void>;
  /**
   * What a person with a screen reader, a keyboard or weak eyes would stumble over: light, dark and
   * on a phone. With SCREENSHOTS=1 also pictures of each, into .cache/screenshots.
   * @returns serious and critical findings of axe, one line each
   */
  look(name: string): Promise<string[]>;
}

export async function openWindow(): Promise<Window> {
  const browser: Browser = await chromium.launch({
    executablePath: await resolveChromium(),
    args: ['--no-sandbox'],
  });
  const context = await browser.newContext({ viewport: DESK, reducedMotion: 'reduce' });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Answers that refuse are told of there as well; the page says them in its own words.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  return {
    page,
    complaints,
    signIn: async (apiUrl, token) => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await context.request.post(`${apiUrl}/session`, { headers });
      if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
    },
    look: (name) => look(page, name),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function look(page: Page, name: string): Promise<string[]> {
  const findings: string[] = [];
  for (const [variant, colorScheme, viewport] of [
    ['light', 'light', DESK],
    ['dark', 'dark', DESK],
    ['phone', 'light', PHONE],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    // A third of a second each, and nothing is checked by them.
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${SHOTS}${name}-${variant}.png`, fullPage: true });
    }
    if (await overflows(page)) findings.push(`${name}, ${variant}: wider than the window`);
    // Colours differ, and widths hide nothing: two looks are enough.
    if (variant === 'phone') continue;
    findings.push(...(await axe(page)).map((finding) => `${name}, ${variant}: ${finding}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  return findings;
}

const overflows = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

async function axe(page: Page): Promise<string[]> {
  // Once a document: compiling it takes as long as a run.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'], iframes: false })",
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join(' ')})`);
}
