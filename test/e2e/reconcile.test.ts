import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inboxWorkflowId } from '../../workflows/ids.ts';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  verdictOf,
} from '../support/product.ts';

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct({
    env: {
      RECONCILE_INTERVAL_MS: '2000',
      // What happens is mended by the reconciler, and not met by a look.
      POLL_INTERVAL_MS: '600000',
      POLL_INTERVAL_WITH_PUSH_MS: '600000',
    },
  });
});
afterAll(() => test?.[Symbol.asyncDispose]());

const connected = async (): Promise<{ person: Person; inboxId: string }> => {
  const person = await test.person();
  await person.putContacts({ bob: ['bob.lee@contact.example'] });
  return { person, inboxId: await person.connectAndBackfill() };
};

const isRunning = async (inboxId: string): Promise<boolean> => {
  const { status } = await test.temporal.workflow.getHandle(inboxWorkflowId(inboxId)).describe();
  return status.name === 'RUNNING';
};

/** The reconciler leaves alone what was connected this minute. */
const age = (inboxId: string) =>
  test.sql("update inboxes set connected_at = now() - interval '1 hour' where id = $1", [inboxId]);

describe('the reconciler', () => {
  it('starts the workflow of a connected inbox that has none', async () => {
    const { person, inboxId } = await connected();
    await age(inboxId);
    await test.temporal.workflow.getHandle(inboxWorkflowId(inboxId)).terminate('broken by a test');
    await until('it runs again', () => isRunning(inboxId), { timeoutMs: 40_000 });
    await person.add({ from: 'bob.lee@contact.example', subject: 'alive' });
    await person.untilOnTimeline('bob', 'alive');
  }, 90_000);

  it('I4 ends the workflow of an inbox that is not connected', async () => {
    const { person, inboxId } = await connected();
    await person.disconnect(inboxId);
    await test.untilEnded(inboxWorkflowId(inboxId));
    // As a restored Temporal would: it runs although nobody is connected. Waiting, it would go on.
    await test.temporal.workflow.start('inboxWorkflow', {
      workflowId: inboxWorkflowId(inboxId),
      taskQueue: test.product.env.TEMPORAL_TASK_QUEUE ?? '',
      args: [{ inboxId, epoch: 2, state: WAITING }],
    });
    await test.untilEnded(inboxWorkflowId(inboxId));
  }, 90_000);

  it('cancels a workflow whose inbox does not exist', async () => {
    const inboxId = '0199aaaa-0000-7000-8000-000000000001';
    await test.temporal.workflow.start('inboxWorkflow', {
      workflowId: inboxWorkflowId(inboxId),
      taskQueue: test.product.env.TEMPORAL_TASK_QUEUE ?? '',
      args: [{ inboxId, epoch: 1, state: WAITING }],
    });
    await test.untilEnded(inboxWorkflowId(inboxId));
  }, 60_000);

  it('renews a watch that is about to end', async () => {
    const { inboxId } = await connected();
    const soon =
      "update sync_cursors set watch_expires_at = now() + interval '1 hour' where inbox_id = $1";
    await test.sql(soon, [inboxId]);
    await until(
      'renewed',
      async () => {
        const rows = await test.sql(
          "select from sync_cursors where inbox_id = $1 and watch_expires_at > now() + interval '1 day'",
          [inboxId],
        );
        return rows.length === 1;
      },
      { timeoutMs: 40_000 },
    );
  }, 60_000);

  it('destroys a secret that no inbox uses, and leaves alone those in use and new ones', async () => {
    const { person, inboxId } = await connected();
    const directory = test.product.env.INBOX_KEYS_DIR ?? '';
    const fileOf = (msecs: number): string => join(directory, `${uuidv7({ msecs })}.key`);
    const unused = fileOf(Date.now() - 8 * 86_400_000);
    const young = fileOf(Date.now());
    for (const file of [unused, young]) await writeFile(file, randomBytes(32), { mode: 0o600 });
    await until('the unused one is gone', async () => !existsSync(unused), { timeoutMs: 40_000 });
    expect(existsSync(young)).toBe(true);
    await person.add({ from: 'bob.lee@contact.example', subject: 'still readable' });
    await person.untilOnTimeline('bob', 'still readable');
    expect(await person.inbox(inboxId)).toMatchObject({ status: 'connected' });
  }, 90_000);
});

describe('B2 the completeness check', () => {
  const both = ['gmail', 'outlook'] as const;
  it.each(both)(
    'finds what was lost of %s, and dates the gap; again, it finds nothing',
    async (provider) => {
      const person = await test.person(`checked-${provider}`, undefined, { provider });
      await person.putContacts({ bob: ['bob.lee@contact.example'] });
      const when = Date.now() - 20 * 86_400_000;
      const { id } = await person.add({
        from: 'bob.lee@contact.example',
        subject: 'lost',
        internalDate: when,
      });
      // Its words are those of the contact's address, so that the search answers with it, too.
      const stranger = await person.add({
        from: 'mary.bob.lee@contact.example',
        subject: 'not for the CRM',
        internalDate: when,
      });
      const inboxId = await person.connectAndBackfill();
      expect(await verdictOf(test, inboxId, stranger.id)).toBe('skipped:not_contact');
      const { touched } = await person.inbox(inboxId);
      await test.emulator.clearLog();
      // As if a bug of ours had never seen it: sync is long past it.
      for (const table of ['messages', 'verdicts']) {
        const lost = `delete from ${table} where inbox_id = $1 and provider_message_id = $2`;
        await test.sql(lost, [inboxId, id]);
      }
      await test.sql(
        "update backfills set state = 'completed' where inbox_id = $1 and kind = 'recheck'",
        [inboxId],
      );
      const [asked] = await test.sql<{ asked: number }>(
        "select request_checks(interval '1 hour', 10, interval '90 days') as asked",
      );
      expect(asked?.asked).toBeGreaterThan(0);
      await until('found', async () => (await storedIds(test, inboxId)).includes(id), {
        timeoutMs: 40_000,
      });
      const check = await person.untilBackfilled(inboxId, 'check');
      expect(check.receipt).toMatchObject({ missing: 0, failed: 0, skipped: { not_contact: 1 } });
      // By the same contacts a stranger is a stranger, and is not read again each night (B1).
      expect(await test.calls({ messageId: stranger.id })).toEqual([]);
      expect((await person.inbox(inboxId)).touched.bodiesRead).toBe(touched.bodiesRead + 1);
      const { gaps } = await person.inbox(inboxId);
      const missed = gaps.find(({ cause }) => cause === 'missed');
      expect(missed).toMatchObject({ closedAt: expect.any(String) });
      expect(Date.parse(missed?.from ?? '')).toBeLessThanOrEqual(when);
      expect(Date.parse(missed?.to ?? '')).toBeGreaterThan(when - 1_000);
      const left = await test.sql('select from backfill_ids where inbox_id = $1 and n = $2', [
        inboxId,
        check.n,
      ]);
      expect(left).toEqual([]);
      await test.sql("select request_checks(interval '1 hour', 10, interval '90 days')");
      const checks = await test.sql(
        "select n from backfills where inbox_id = $1 and kind = 'check'",
        [inboxId],
      );
      expect(checks).toEqual([{ n: check.n }]);
    },
    90_000,
  );
});

/** Live, and asleep until long after the test. */
const WAITING = {
  phase: 'live',
  mailDirty: false,
  workDirty: false,
  nextCheckAt: Date.now() + 86_400_000,
  coalesceMs: 0,
  backfills: [],
};
