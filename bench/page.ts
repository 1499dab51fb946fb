import { type Browser, chromium } from 'playwright-core';
import { resolveChromium } from '../stack/chromium.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { atMost, type Outcome } from './figures.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { median } from './stats.ts';

const LOADS = 10;

/** The first load of the page in a browser that has nothing of it yet: bytes, and time until it can be used. */
export async function page(): Promise<Outcome> {
  await using rig = await startRig({});
  const token = await connectDemo(rig);
  const executablePath = await resolveChromium(steps.say);
  await using browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  await firstLoad(rig, browser, token);
  const loads = [];
  for (let i = 0; i < LOADS; i++) loads.push(await firstLoad(rig, browser, token));
  const wireKb = Math.max(...loads.map(({ bytes }) => bytes)) / 1_024;
  return {
    figures: [
      atMost('wire_kb', wireKb, 'KB', 100),
      atMost('interactive_s', median(loads.map(({ seconds }) => seconds)), 's', 1),
    ],
    parameters: { loads: LOADS, browser: browser.version() },
    samples: { loads },
  };
}

async function connectDemo(rig: Rig): Promise<string> {
  const mailbox = await rig.emulator.seedDemo();
  const person = { orgId: 'org', userId: 'user', email: mailbox.address };
  const teammate = await teammateOf(rig, person);
  await pushContacts(teammate, mailbox.contacts);
  await connectMailbox(rig, teammate);
  return rig.product.tokenFor(person);
}

/** Usable: what is shown last, the button of a connected inbox's details, takes a click. */
async function firstLoad({ product }: Rig, browser: Browser, token: string) {
  const context = await browser.newContext();
  const headers = { authorization: `Bearer ${token}` };
  await context.request.post(`${product.apiUrl}/session`, { headers });
  const window = await context.newPage();
  const network = await context.newCDPSession(window);
  let bytes = 0;
  await network.send('Network.enable');
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  const startedAt = performance.now();
  await window.goto(`${product.apiUrl}/`, { waitUntil: 'commit' });
  await window.getByRole('button', { name: 'Disconnect …' }).click({ trial: true });
  const seconds = (performance.now() - startedAt) / 1_000;
  await context.close();
  return { bytes, seconds };
}
