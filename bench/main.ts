import { BENCHES, type Bench, createShared, type Shared } from './benches.ts';
import { meetsBound } from './figures.ts';
import { writeReport } from './report.ts';
import { steps } from './rig.ts';

/**
 * `npm run bench [-- NAME …]`: one JSON line per figure on standard output, progress on standard
 * error, samples in bench/results/NAME.json. Exits with 1 when a bound is missed or a bench fails.
 */
async function main(): Promise<void> {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
  const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    throw new Error(`no bench "${unknown.join(', ')}": ${Object.keys(BENCHES).join(', ')}`);
  }
  const shared = createShared();
  for (const name of names) {
    await runBench(name, BENCHES[name] as Bench, shared).catch((error: unknown) => fail(error));
  }
}

async function runBench(name: string, bench: Bench, shared: Shared): Promise<void> {
  const startedAt = new Date();
  steps.say(`\n── ${name}`);
  const outcome = await bench(shared);
  await writeReport(name, outcome, startedAt);
  for (const figure of outcome.figures) {
    console.log(JSON.stringify({ bench: name, ...figure, value: Number(figure.value.toFixed(4)) }));
    if (meetsBound(figure)) continue;
    process.exitCode = 1;
    steps.say(`✗ ${figure.figure} is ${figure.value}, bound ${figure.bound}`);
  }
}

function fail(error: unknown): void {
  console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

await main().catch(fail);
