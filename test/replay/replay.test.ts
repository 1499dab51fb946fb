import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, it } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { testDataConverter } from '../support/data-converter.ts';
import '../support/quiet-temporal.ts';
import { SCENARIOS } from './scenarios.ts';

const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));
const files = globSync('*/*.json', { cwd: HISTORIES }).sort();

describe('I10 recorded histories', () => {
  it('exist for every workflow type', () => {
    const recorded = new Set(files.map((file) => basename(file).replace(/-\d+\.json$/, '')));
    expect([...recorded].sort()).toEqual(Object.keys(workflows).sort());
  });

  it('exist for every story, so that a new path has one', () => {
    const recorded = new Set(files.map((file) => dirname(file)));
    expect([...recorded].sort()).toEqual(SCENARIOS.map((start) => start().name).sort());
  });

  it('replay on the current code', async () => {
    const histories = files.map((file) => ({
      workflowId: file,
      history: JSON.parse(readFileSync(`${HISTORIES}/${file}`, 'utf8')),
    }));
    const replayed = Worker.runReplayHistories(
      {
        workflowBundle: { codePath: inject('workflowBundlePath') },
        dataConverter: testDataConverter,
      },
      histories,
    );
    const failures: string[] = [];
    let count = 0;
    for await (const { workflowId, error } of replayed) {
      count += 1;
      if (error) failures.push(`${workflowId}: ${error.message}`);
    }
    expect(failures).toEqual([]);
    expect(count).toBe(files.length);
  });
});
