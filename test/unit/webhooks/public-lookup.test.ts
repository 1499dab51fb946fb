import { promisify } from 'node:util';
import { beforeEach, expect, it, vi } from 'vitest';
import { publicLookup } from '../../../webhooks/public-address.ts';

const answers = vi.hoisted(() => ({ queue: [] as string[][] }));
vi.mock('node:dns', () => ({
  lookup: (_name: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(
      null,
      (answers.queue.shift() ?? []).map((address) => ({ address, family: 4 })),
    ),
}));

const lookup = promisify(publicLookup) as unknown as (
  name: string,
  options: { all: true },
) => Promise<{ address: string }[]>;

beforeEach(() => {
  answers.queue = [];
});

it('connects to what was judged: a second answer of the name server is never asked for', async () => {
  answers.queue = [['93.184.216.34'], ['127.0.0.1']];
  const found = await lookup('rebinding.example', { all: true });
  expect(found.map(({ address }) => address)).toEqual(['93.184.216.34']);
  expect(answers.queue).toEqual([['127.0.0.1']]);
});

it('one private address among several refuses them all', async () => {
  answers.queue = [['93.184.216.34', '10.0.0.7']];
  await expect(lookup('mixed.example', { all: true })).rejects.toMatchObject({
    code: 'PRIVATE_ADDRESS',
  });
});
