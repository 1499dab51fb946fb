import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookupHash } from '../../../crypto/lookup.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import {
  ANN,
  BOB,
  type Rig,
  type SeededInbox,
  seedInbox,
  seedMessage,
  startRig,
} from './support.ts';

const DAY_MS = 86_400_000;
const RECEIVED = Date.now() - 5 * DAY_MS;
const DATE = new Date(RECEIVED).toISOString().slice(0, 10);

describe('B3 GET /inboxes/:id/explain', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  beforeAll(async () => {
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', { addresses: ['carol@customer.example'] });
    inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    await rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
      const key = await readDataKey(tx, rig.keyRing, row);
      await commitMessages(tx, row, [
        {
          providerMessageId: 'm1',
          verdict: { kind: 'skipped', reason: 'not_contact' },
          rfcIdHash: lookupHash(key, 'rfc-id', 'abc@mail.example'),
          senderHash: lookupHash(key, 'sender', 'stranger@x.example'),
          receivedAt: RECEIVED,
        },
      ]);
    });
    await rig.db.sql("update backfills set state = 'completed'");
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const explain = async (query: Record<string, string>, person = ANN) =>
    (await rig.call(
      person,
      'GET',
      `/api/v1/inboxes/${inbox.inboxId}/explain?${new URLSearchParams(query)}`,
    )) as unknown as {
      status: number;
      body: { answers: { outcome: string; words: string; fix: string }[] };
    };

  it('finds a verdict by Message-ID, with or without its brackets', async () => {
    for (const messageId of ['abc@mail.example', '<abc@mail.example>', ' <abc@mail.example> ']) {
      const { body } = await explain({ messageId });
      expect(body.answers).toMatchObject([
        { outcome: 'not_contact', fix: expect.stringContaining('Add') },
      ]);
    }
  });

  it('finds it by sender and day, however the address is written', async () => {
    const { body } = await explain({ sender: 'Stranger@X.example', date: DATE });
    expect(body.answers).toMatchObject([{ outcome: 'not_contact', messageId: null }]);
    const other = new Date(RECEIVED - 9 * DAY_MS).toISOString().slice(0, 10);
    const unseen = await explain({ sender: 'carol@customer.example', date: other });
    expect(unseen.body.answers).toMatchObject([{ outcome: 'never_seen' }]);
  });

  it('explains what was never seen: too old, no contact, an open gap', async () => {
    const outcome = async (query: Record<string, string>) =>
      (await explain(query)).body.answers.map((answer) => answer.outcome);
    expect(await outcome({ sender: 'carol@customer.example', date: '2020-01-01' })).toEqual([
      'before_window',
    ]);
    expect(await outcome({ sender: 'nobody@x.example', date: DATE })).toEqual(['not_contact']);
    expect(await outcome({ sender: 'Ann@gmail.example', date: DATE })).toEqual(['never_seen']);
    await rig.db.sql(
      `insert into gaps (id, inbox_id, cause, from_at, to_at)
       values (gen_random_uuid(), $1, 'downtime', now() - interval '9 days', now())`,
      [inbox.inboxId],
    );
    expect(await outcome({ messageId: 'unknown@mail.example' })).toEqual(['in_gap']);
    expect(await outcome({ sender: 'Ann+tag@gmail.example', date: DATE })).toEqual(['in_gap']);
    expect(await outcome({ sender: 'nobody@x.example', date: DATE })).toEqual(['in_gap']);
    await rig.db.sql('delete from gaps');
  });

  it('has nobody wait for a last look that is not due yet', async () => {
    const unknown = { messageId: 'unknown@mail.example' };
    await rig.db.sql(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_after, seq_upto,
         due_at)
       values ($1, 99, 'recheck', 'requested', now() - interval '90 days', now(), 0, 0,
         now() + interval '10 minutes')`,
      [inbox.inboxId],
    );
    expect((await explain(unknown)).body.answers).toMatchObject([{ outcome: 'never_seen' }]);
    await rig.db.sql('update backfills set due_at = now() where n = 99');
    expect((await explain(unknown)).body.answers).toMatchObject([{ outcome: 'being_fetched' }]);
    await rig.db.sql('delete from backfills where n = 99');
  });

  it('says on whose timelines a stored one is, and what the scope keeps from being beside it', async () => {
    const ref = { receivedAt: RECEIVED, providerMessageId: 'in the label', contactIds: ['carol'] };
    await seedMessage(rig, inbox, ref);
    const hash = await rig.db.worker.asConnectedInbox(inbox, async (tx, row) =>
      lookupHash(await readDataKey(tx, rig.keyRing, row), 'sender', 'carol@customer.example'),
    );
    const bySender = 'update verdicts set sender_hash = $1 where provider_message_id = $2';
    await rig.db.sql(bySender, [hash, ref.providerMessageId]);
    const asked = { sender: 'carol@customer.example', date: DATE };
    const stored = { outcome: 'stored', contacts: [{ id: 'carol', name: '' }] };
    expect((await explain(asked)).body.answers).toMatchObject([stored]);

    const limited = 'update inboxes set scope = $2 where id = $1';
    const label = { kind: 'label', labelId: 'Clients' };
    await rig.db.sql(limited, [inbox.inboxId, label]);
    const { answers } = (await explain(asked)).body;
    expect(answers).toMatchObject([stored, { outcome: 'never_seen', messageId: null }]);
    expect(answers[1]?.words).toMatch(/another one of that sender and day.*label or folder/);
    await rig.db.sql(limited, [inbox.inboxId, { kind: 'contacts' }]);
  });

  it('says how much was touched (B1)', async () => {
    await rig.db.sql(
      `insert into touches (inbox_id, calls, units, ids_listed, heads_read, bodies_read)
       values ($1, 3, 30, 20, 4, 2)`,
      [inbox.inboxId],
    );
    const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox.inboxId}/touches`);
    expect(body).toMatchObject({
      read: { ids: 20, headers: 4, bodies: 2 },
      calls: { made: 3, units: 30 },
      stored: 1,
      notStored: { skipped: { not_contact: 1 }, gone: 0, failed: 0 },
      words: expect.stringContaining('20 messages were listed'),
    });
  });

  it('refuses half a question and other people’s inboxes', async () => {
    expect((await explain({ sender: 'a@x.example' })).status).toBe(400);
    expect((await explain({ sender: 'nonsense', date: DATE })).status).toBe(400);
    expect((await explain({ messageId: '<>', extra: '1' })).status).toBe(400);
    expect((await explain({ messageId: 'abc@mail.example' }, BOB)).status).toBe(404);
  });

  it('knows nothing any more once the history is deleted', async () => {
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/delete-history`, {
      confirm: 'delete',
    });
    const { body } = await explain({ messageId: 'abc@mail.example' });
    expect(body.answers).toMatchObject([{ outcome: 'history_deleted' }]);
  });
});
