import { parseArgs } from 'node:util';
import { createSteps } from '../setup/steps.ts';
import { type Product, startProduct } from '../stack/product.ts';
import { shutdownSignal, untilAborted } from '../stack/shutdown.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { ApiClient } from './api-client.ts';
import { MAYA, seedCrm } from './crm.ts';
import { runOnce } from './once.ts';
import { welcome } from './welcome.ts';

/**
 * `npm run demo`: the whole product on this machine, with a mailbox to connect. With `--once` it
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
  await using stack: Stack = await startStack({ ui: true }, steps);
  await using product: Product = await steps.run('API, worker and provider emulator', () =>
    startProduct({
      postgresUrl: stack.postgres.url,
      temporalAddress: stack.temporal.address,
      ...(stack.smtp && { smtpUrl: stack.smtp.smtpUrl }),
      apiPort: 8080,
      emulatorPort: 4600,
      log: (name, line) => {
        if (values.verbose) steps.say(`${name.padEnd(8)} ${line}`);
      },
    }),
  );
  const token = await product.tokenFor(MAYA);
  const api = new ApiClient(product.apiUrl, token);
  const mailbox = await steps.run('A mailbox and a small CRM', () =>
    seedCrm(product.emulator, api),
  );

  if (values.once) {
    await runOnce({ stack, product, api, mailbox, say: steps.say });
    return;
  }
  steps.say(welcome({ stack, product, token, mailbox }));
  await Promise.race([untilAborted(shutdown), product.api.exited, product.worker.exited]);
  steps.say('Draining …');
}

try {
  await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
