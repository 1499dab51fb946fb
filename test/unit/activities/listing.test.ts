import { describe, expect, it } from 'vitest';
import { Lister, type OpenSlice } from '../../../activities/listing.ts';
import { type MatchKey, matchKeyOf } from '../../../domain/address.ts';
import type { ScopeContext } from '../../../domain/scope.ts';
import type { MailProvider, SearchPage } from '../../../providers/mail-provider.ts';

const keyOf = (name: string): MatchKey => matchKeyOf(`${name}@x.example`) as MatchKey;

const slice = (ordinal: number, to = 100): OpenSlice => ({
  ordinal,
  from: to - 1,
  to,
  addressIds: [`row ${ordinal}`],
  headersFirst: false,
  addresses: [
    {
      id: `row ${ordinal}`,
      contactId: `c${ordinal}`,
      address: `p${ordinal}@x.example`,
      matchKey: keyOf(`p${ordinal}`),
      seq: ordinal,
    },
  ],
  pageToken: null,
  pageTokenCt: null,
  done: false,
});

/** Each slice has `pages` pages of ten ids. */
function listerOf(slices: OpenSlice[], { pages = 1, listsAtOnce = 1, ahead = 1_000 } = {}) {
  const asked: string[] = [];
  let running = 0;
  let most = 0;
  const contacts = new Map(slices.map(({ ordinal }) => [keyOf(`p${ordinal}`), ['c']]));
  const ownAddresses = new Set<MatchKey>();
  const search: MailProvider['search'] = async ({ addresses }, token): Promise<SearchPage> => {
    running += 1;
    most = Math.max(most, running);
    const page = Number(token ?? 1);
    const name = addresses?.[0]?.split('@')[0] ?? 'everything';
    asked.push(`${name}.${page}`);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    const ids = Array.from({ length: 10 }, (_, n) => `${name}.${page}.${n}`);
    return { ids, nextPageToken: page < pages ? String(page + 1) : null };
  };
  const lister = new Lister({
    mailbox: { listsAtOnce, search } as MailProvider,
    slices: async (after) => slices.filter(({ ordinal }) => ordinal > after),
    scope: () =>
      ({ scope: { kind: 'contacts' }, contacts, ownAddresses }) as unknown as ScopeContext,
    mayBringBodies: () => false,
    ahead,
  });
  return { lister, asked, contacts, ownAddresses, most: () => most };
}

describe('listing ahead', () => {
  it('asks for the first page of every slice of a window before any second one', async () => {
    const slices = [slice(0), slice(1), slice(2, 50), slice(3, 50)];
    const { lister, asked } = listerOf(slices, { pages: 2 });
    const taken = await lister.take(1_000);
    expect(asked).toEqual(['p0.1', 'p1.1', 'p0.2', 'p1.2', 'p2.1', 'p3.1', 'p2.2', 'p3.2']);
    expect(taken).toHaveLength(8);
    expect(await lister.take(1)).toEqual([]);
  });

  it('never has more pages under way than the provider wants, nor lists far ahead', async () => {
    const slices = Array.from({ length: 30 }, (_, n) => slice(n));
    const { lister, asked, most } = listerOf(slices, { listsAtOnce: 4, ahead: 40 });
    expect((await lister.take(1)).length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.length).toBeLessThanOrEqual(12);
    let pages = 0;
    for (;;) {
      const taken = await lister.take(25);
      if (taken.length === 0) break;
      pages += taken.length;
    }
    expect(new Set(asked).size).toBe(30);
    expect(pages).toBeLessThan(30);
    expect(most()).toBe(4);
  });

  it('does not ask for a contact that was removed meanwhile (B4)', async () => {
    const { lister, asked, contacts } = listerOf([slice(0), slice(1)]);
    contacts.delete(keyOf('p1'));
    expect((await lister.take(1_000)).map(({ ids }) => ids.length)).toEqual([10, 0]);
    expect(asked).toEqual(['p0.1']);
  });

  it('I3 never asks for the user’s own address, filed as a contact: it is in all mail', async () => {
    const { lister, asked, ownAddresses } = listerOf([slice(0), slice(1)]);
    ownAddresses.add(keyOf('p0'));
    expect((await lister.take(1_000)).map(({ ids }) => ids.length)).toEqual([0, 10]);
    expect(asked).toEqual(['p1.1']);
  });

  it('begins anew after a restart, and drops what was under way', async () => {
    const { lister, asked } = listerOf([slice(0), slice(1), slice(2)], { listsAtOnce: 2 });
    await lister.take(1);
    lister.restart();
    const again = await lister.take(1_000);
    expect(again.map(({ slice: { ordinal } }) => ordinal)).toEqual([0, 1, 2]);
    expect(asked.filter((one) => one === 'p0.1')).toHaveLength(2);
  });

  it('tells of a failure, and starts nothing after it', async () => {
    const { lister } = listerOf([slice(0)]);
    await lister.close();
    await expect(lister.take(1)).rejects.toThrow('closed');
  });
});
