import { parseArgs } from 'node:util';
import { startEmulator } from './index.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4600' },
    demo: { type: 'boolean', default: false },
  },
});

const emulator = await startEmulator({ port: Number(values.port) });
if (values.demo) {
  await emulator.seedDemo();
  await emulator.seedDemo({ provider: 'microsoft' });
}
// One line that a parent process can wait for.
console.log(`emulator listening on ${emulator.url}`);

const stop = () => {
  void emulator.close();
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
