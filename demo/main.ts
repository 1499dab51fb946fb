import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createSteps } from '../setup/steps.ts';
import { type Child, ChildFailedError, describeExit, lastLines } from '../stack/child.ts';
import { freePort, portAnswers } from '../stack/ports.ts';
import { type Product, startProduct } from '../stack/product.ts';
import { shutdownSignal, untilAborted } from '../stack/shutdown.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { resolveTemporalBinary } from '../stack/temporal-binary.ts';
import { ApiClient } from './api-client.ts';
import { MAYA, OTTO, seedCrm } from './crm.ts';
import type { Links } from './crm-page/layout.ts';
import { startCrmPage } from './crm-page/server.ts';
import { runOnce } from './once.ts';
import { welcome } from './welcome.ts';

const PAGE_PORT = 8090;
const API_PORT = 8080;

/**
 * `npm run demo`: the whole product on this machine, with a Gmail and an Outlook inbox to connect on a page. With `--once` it
 * goes through the main job by itself and says what it saw.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const shutdown = shutdownSignal();
  const steps = createSteps();
  const apiPort = (await portAnswers(API_PORT)) ? await freePort() : API_PORT;
  const codecToken = randomBytes(32).toString('hex');
  const uiCodecEndpoint = `http://127.0.0.1:${apiPort}/codec/${codecToken}`;
  await using stack: Stack = await startStack({ ui: true, uiCodecEndpoint }, steps);
  const { uiUrl } = stack.temporal;
  const pageUrl = `http://127.0.0.1:${(await portAnswers(PAGE_PORT)) ? await freePort() : PAGE_PORT}`;
  await using product: Product = await steps.run('API, worker and provider emulator', () =>
    startProduct({
      postgresUrl: stack.postgres.url,
      temporalAddress: stack.temporal.address,
      ...(stack.smtp && { smtpUrl: stack.smtp.smtpUrl }),
      apiPort,
      emulatorPort: 4600,
      env: {
        RETURN_TO_ORIGINS: pageUrl,
        ...(uiUrl && { TEMPORAL_UI_ORIGIN: uiUrl, CODEC_TOKEN: codecToken }),
      },
      log: (name, line) => {
        if (values.verbose) steps.say(`${name.padEnd(8)} ${line}`);
      },
    }),
  );
  const token = await product.tokenFor(MAYA);
  const operatorToken = await product.tokenFor(OTTO);
  const api = new ApiClient(product.apiUrl, token);
  const mailboxes = await steps.run('Two mailboxes and a small CRM', () =>
    seedCrm(product.emulator, api),
  );

  if (values.once) {
    await runOnce({ stack, product, api, mailboxes, say: steps.say });
    return;
  }
  await using _page = await startCrmPage({
    origin: pageUrl,
    api,
    signIn: async () => ({
      apiUrl: product.apiUrl,
      token: await product.tokenFor(MAYA),
      operatorToken,
    }),
    emulator: product.emulator,
    mailboxes,
    links: linksOf(stack, product),
  });
  const temporalCli = stack.temporal.ours ? (await resolveTemporalBinary('server')).path : null;
  steps.say(welcome({ pageUrl, stack, product, token, operatorToken, mailboxes, temporalCli }));
  const ended = await Promise.race([
    untilAborted(shutdown),
    endOf(product.api),
    endOf(product.worker),
  ]);
  // Whoever ends all processes of ours at once meant us to end, too.
  if (ended !== undefined && !shutdown.aborted) throw new ChildFailedError(ended);
  steps.say('Draining …');
}

const endOf = async (child: Child): Promise<string> =>
  `the process "${child.name}" ${describeExit(await child.exited)}. ${lastLines(child)}`;

const linksOf = (stack: Stack, product: Product): Links => ({
  docs: `${product.apiUrl}/docs/email-sync`,
  api: product.apiUrl,
  emulator: product.emulatorUrl,
  ...(stack.temporal.uiUrl && { temporal: stack.temporal.uiUrl }),
  ...(stack.smtp && { mail: stack.smtp.url }),
});

try {
  await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
