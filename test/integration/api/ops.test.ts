import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { readState } from '../../../db/ops-state-store.ts';
import {
  ANN,
  BOB,
  EVE,
  type Rig,
  type SeededInbox,
  seedInbox,
  startRig,
  tokenOf,
} from './support.ts';

const OPERATOR = { orgId: 'operators', userId: 'olga' };

let rig: Rig;
let inbox: SeededInbox;
beforeAll(async () => {
  rig = await startRig();
  inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
  await seedInbox(rig, EVE, 'eve@gmail.example');
  await rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
    await noteSeen(tx, 1, ['lost', 'odd']);
    await commitMessages(tx, row, [
      {
        providerMessageId: 'odd',
        verdict: { kind: 'failed', code: 'unreadable' },
        receivedAt: null,
        rfcIdHash: null,
        senderHash: null,
      },
    ]);
  });
  await rig.db.sql(
    `update backfills set state = 'failed', failure = 'RequestRefused', finished_at = now()
     where inbox_id = $1 and n = 1`,
    [inbox.inboxId],
  );
});
afterAll(() => rig?.[Symbol.asyncDispose]());

/** As the operator; the shape is what the test looks at. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
async function ask(path: string): Promise<{ status: number; body: any }> {
  const token = await tokenOf(OPERATOR, { roles: ['ops'] });
  const response = await rig.raw(`/api/v1/ops${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: await response.json() };
}

describe('the operators’ addresses', () => {
  it.each(['/inboxes', '/backfills', '/inboxes/x', '/nothing'])(
    'refuse %s to whoever is not an operator',
    async (path) => {
      const answer = await rig.call(BOB, 'GET', `/api/v1/ops${path}`);
      expect(answer.status).toBe(403);
      expect(answer.body.type).toBe('/problems/operators-only');
    },
  );

  it('list inboxes of every org, page by page, and count them by state', async () => {
    const first = await ask('/inboxes?limit=1');
    expect(first.body.inboxes).toHaveLength(1);
    expect(first.body.counts).toEqual({ connected: 2 });
    expect((await ask('/inboxes?status=deleting&orgId=evil')).body).toMatchObject({
      inboxes: [],
      counts: { connected: 1 },
    });
    const second = await ask(`/inboxes?limit=1&cursor=${first.body.nextCursor}`);
    const orgs = [...first.body.inboxes, ...second.body.inboxes].map(({ orgId }) => orgId);
    expect(orgs.sort()).toEqual(['acme', 'evil']);
    expect(second.body.nextCursor).toBeNull();
  });

  it('I6 show an inbox without a word of its content', async () => {
    const { body } = await ask(`/inboxes/${inbox.inboxId}`);
    expect(body).toMatchObject({
      status: 'connected',
      failedBackfills: 1,
      verdicts: [{ kind: 'failed', reason: 'unreadable', count: 1 }],
    });
    expect(JSON.stringify(body)).not.toContain('@');
  });

  it('find failed backfills, by filter', async () => {
    const { body } = await ask('/backfills?failed=true');
    expect(body.backfills.map(({ id }: { id: string }) => id)).toEqual([`${inbox.inboxId}.1`]);
    expect((await ask('/backfills?failed=true&orgId=evil')).body.backfills).toEqual([]);
    expect((await ask('/backfills?state=requested')).body.backfills).toHaveLength(1);
    expect((await ask('/backfills?state=odd')).status).toBe(400);
  });

  it('B11 explain why one failed and what to do', async () => {
    const { body } = await ask(`/backfills/${inbox.inboxId}.1`);
    expect(body).toMatchObject({
      whole: false,
      now: { seen: 2, failed: 1, missing: 1, failures: [{ code: 'unreadable', count: 1 }] },
      why: expect.stringContaining('RequestRefused'),
      action: expect.stringContaining('replay'),
    });
    expect((await ask(`/backfills/${inbox.inboxId}.7`)).status).toBe(404);
    expect((await ask('/backfills/1')).status).toBe(400);
  });

  it('B2 B11 prove by the verdicts of today that its replays have done the rest', async () => {
    await rig.db.sql(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto, due_at,
         planned_at, replays)
       values ($1, 8, 'replay', 'running', now(), now(), 0, now(), now(), 1)`,
      [inbox.inboxId],
    );
    const first = `/backfills/${inbox.inboxId}.1`;
    expect((await ask(first)).body.action).toBe(`Wait for ${inbox.inboxId}.8, which replays it.`);
    const skipped = { kind: 'skipped', reason: 'not_contact' } as const;
    const at = { receivedAt: null, rfcIdHash: null, senderHash: null };
    await rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
      await noteSeen(tx, 8, ['lost', 'odd', 'more']);
      const ids = ['lost', 'odd', 'more'];
      const decided = ids.map((id) => ({ providerMessageId: id, verdict: skipped, ...at }));
      await commitMessages(tx, row, decided);
    });
    await rig.db.sql(
      `update backfills set state = 'completed', finished_at = now() where inbox_id = $1 and n = 8`,
      [inbox.inboxId],
    );
    expect((await ask(first)).body).toMatchObject({
      whole: true,
      now: { seen: 3, skipped: 3, failed: 0, missing: 0 },
      action: 'Nothing: it is whole.',
      latestReplay: `${inbox.inboxId}.8`,
    });
  });

  it('B11 neither list nor count what no replay can help, nor what waits for its user', async () => {
    await rig.db.sql(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto, due_at,
         planned_at, finished_at)
       values ($1, 9, 'contacts', 'completed_with_failures', now(), now(), 0, now(), now(), now())`,
      [inbox.inboxId],
    );
    const failed = (id: string, code: 'too_large' | 'unreadable') =>
      rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
        await noteSeen(tx, 9, [id]);
        const verdict = { kind: 'failed', code } as const;
        const at = { receivedAt: null, rfcIdHash: null, senderHash: null };
        await commitMessages(tx, row, [{ providerMessageId: id, verdict, ...at }]);
      });
    const listed = async (): Promise<string[]> =>
      (await ask('/backfills?failed=true')).body.backfills.map(({ id }: { id: string }) => id);
    const state = () => rig.db.api.asOps(OPERATOR, readState);

    await failed('huge', 'too_large');
    expect(await listed()).toEqual([]);
    expect(await state()).toMatchObject({ failedBackfills: 0 });
    await failed('damaged', 'unreadable');
    expect(await listed()).toEqual([`${inbox.inboxId}.9`]);
    await rig.db.sql(`update sync_cursors set synced_at = now() - interval '1 hour'`);
    const before = await state();
    expect(before.failedBackfills).toBe(1);
    expect(before.unsyncedSeconds).toBeGreaterThanOrEqual(3_600);
    await rig.db.sql(`update inboxes set status = 'needs_reconnect', reconnect_reason = 'revoked'`);
    expect(await state()).toMatchObject({ failedBackfills: 0, unsyncedSeconds: 0 });
  });
});
