import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, type Rig, type SeededInbox, seedInbox, startRig } from './support.ts';

/** More than any page holds: contacts that come one by one cause one backfill and one recheck each. */
const MANY = 230;

interface Listed {
  backfills: { n: number }[];
  nextCursor: string | null;
}

describe('an inbox with many backfills', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  let own: string;
  beforeAll(async () => {
    rig = await startRig();
    inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    own = `/api/v1/inboxes/${inbox.inboxId}`;
    // 1, the connect's own, is still to do; the last five are second looks not due yet.
    await rig.db.sql(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto, due_at)
       select '${inbox.inboxId}'::uuid, n, 'contacts', 'cancelled', now(), now(), 0, now()
       from generate_series(2, ${MANY - 5}) n
       union all
       select '${inbox.inboxId}'::uuid, n, 'recheck', 'requested', now(), now(), 0, now() + interval '1h'
       from generate_series(${MANY - 4}, ${MANY}) n`,
    );
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  const ok = async <T>(path: string): Promise<T> => {
    const { status, body } = await rig.call(ANN, 'GET', path);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as unknown as T;
  };

  it('still answers with the first', async () => {
    expect(await ok(`${own}/backfills/1`)).toMatchObject({ n: 1, kind: 'initial' });
  });

  it('shows the one that is due before those that wait', async () => {
    const view = await ok<{ backfills: { running: { n: number }[] } }>(own);
    const shown = view.backfills.running.map(({ n }) => n);
    expect(shown).toEqual([1, MANY - 4, MANY - 3, MANY - 2, MANY - 1]);
  });

  it('lists them all, page by page, newest first', async () => {
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Listed = await ok(
        `${own}/backfills?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      seen.push(...page.backfills.map(({ n }) => n));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: MANY }, (_, i) => MANY - i));
  });

  it.each(['limit=0', 'cursor=W10', 'cursor=WyJ4Il0', 'cursor=WzFlOTld', 'x=1'])(
    'refuses ?%s',
    async (query) => {
      expect((await rig.call(ANN, 'GET', `${own}/backfills?${query}`)).status).toBe(400);
    },
  );
});
