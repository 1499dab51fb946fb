import { parseCLI, startVitest, type TestModule } from 'vitest/node';

/**
 * `npm test [-- file filters and vitest options]`. The last line is "N passed, N failed, N skipped".
 */
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** What failed outside of any test, in a module of tests or between tests, counts as one each. */
const count = (modules: readonly TestModule[], unhandledErrors: number): Tally => {
  const tally: Tally = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of states) {
      // "pending" tests never got their turn: the run was cut short.
      if (state === 'passed' || state === 'skipped') tally[state] += 1;
      else tally.failed += 1;
    }
    if (module.state() === 'failed' && !states.includes('failed')) tally.failed += 1;
  }
  return tally;
};

const main = async (): Promise<void> => {
  const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
  const vitest = await startVitest(filter, { ...options, watch: false, run: true });
  await vitest.close();

  const { state } = vitest;
  const { passed, failed, skipped } = count(
    state.getTestModules(),
    state.getUnhandledErrors().length,
  );
  if (passed + failed === 0) console.error('No test ran.');
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
};

await main();
