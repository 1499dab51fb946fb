import type { WorkflowHandle } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { mailboxHash } from '../api/mailbox-hash.ts';
import { inLanes } from '../concurrency/in-lanes.ts';
import { readConfig } from '../config/config.ts';
import { createDataKey, type WrappedDataKey } from '../crypto/data-key.ts';
import { type KeyRing, openKeyRing } from '../crypto/key-ring.ts';
import { parseLookupKey } from '../crypto/lookup.ts';
import { valuesOf } from '../db/values.ts';
import { until } from '../demo/until.ts';
import type { GmailCursor } from '../providers/mail-provider.ts';
import { sealCursor, sealProfile, sealTokens, type Tokens } from '../vault/inbox-seals.ts';
import { inboxWorkflowId } from '../workflows/ids.ts';
import type { inboxWorkflow } from '../workflows/index.ts';
import type { InboxRunState } from '../workflows/messages.ts';
import type { Rig } from './rig.ts';
import { withTemporal } from './temporal.ts';

/** As many as that at once: seeding is not what is measured. */
export const AT_ONCE = 32;
const STARTED_AHEAD = 200;
const ROWS_A_STATEMENT = 500;
const EPOCH = 1;

export interface IdleInbox {
  id: string;
  orgId: string;
  userId: string;
  address: string;
  /** Only of those that will talk to the provider. */
  mailbox?: { tokens: Tokens; historyId: string };
}

/** @param live with a mailbox at the emulator, tokens that it takes, and a watch */
export async function makeInbox(
  rig: Rig,
  i: number,
  { orgId, live }: { orgId: string; live: boolean },
): Promise<IdleInbox> {
  const address = `inbox-${i}@idle.example`;
  const inbox = { id: uuidv7(), orgId, userId: `user-${i}`, address };
  if (!live) return inbox;
  const { historyId } = await rig.emulator.createAccount({ address });
  const issued = await rig.emulator.issueTokens({ address });
  const { access_token: accessToken, refresh_token: renewal, expiry_date: expiresAt } = issued;
  const { GMAIL_API_ROOT, GMAIL_PUBSUB_TOPIC: topicName } = rig.product.env;
  const answer = await fetch(`${GMAIL_API_ROOT}/gmail/v1/users/me/watch`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ topicName }),
  });
  if (!answer.ok) throw new Error(`watch of ${address}: ${answer.status}`);
  const tokens = { accessToken, renewal, expiresAt };
  return { ...inbox, mailbox: { tokens, historyId: String(historyId) } };
}

/** Rows as a connect and an empty backfill leave them, sealed by keys of their own. */
export async function storeInboxes(rig: Rig, inboxes: readonly IdleInbox[]): Promise<void> {
  const config = readConfig(rig.product.env);
  const ring = await openKeyRing(config);
  const lookupKey = parseLookupKey(config.secrets.LOOKUP_KEY.reveal());
  for (let i = 0; i < inboxes.length; i += ROWS_A_STATEMENT) {
    const sealed = await inLanes(inboxes.slice(i, i + ROWS_A_STATEMENT), AT_ONCE, (inbox) =>
      seal(ring, inbox),
    );
    await insert(
      rig,
      sealed.map((one) => ({ ...one, hash: mailboxHash(lookupKey, 'gmail', one.address) })),
    );
  }
}

interface SealedInbox extends IdleInbox {
  wrapped: WrappedDataKey;
  profileCt: Buffer;
  tokensCt: Buffer;
  cursorCt: Buffer;
}

async function seal(ring: KeyRing, inbox: IdleInbox): Promise<SealedInbox> {
  const { id, orgId, address, mailbox } = inbox;
  const { key, ...wrapped } = await createDataKey(ring, { orgId, inboxId: id });
  const cursor: GmailCursor = { v: 1, provider: 'gmail', historyId: mailbox?.historyId ?? '1' };
  const noTokens = { accessToken: 'x'.repeat(200), renewal: 'x'.repeat(100), expiresAt: 0 };
  return {
    ...{ ...inbox, wrapped },
    profileCt: sealProfile(key, inbox, {
      ...{ address, ownAddresses: [address], notifyAddress: address, scopeName: null },
    }),
    tokensCt: sealTokens(key, inbox, mailbox?.tokens ?? noTokens),
    cursorCt: sealCursor(key, inbox, cursor),
  };
}

async function insert(
  { db }: Rig,
  inboxes: readonly (SealedInbox & { hash: Buffer })[],
): Promise<void> {
  const rows = valuesOf(
    ['uuid', 'text', 'text', 'bytea', 'bytea', 'bytea', 'bytea'],
    inboxes.map(({ id, orgId, userId, hash, profileCt, tokensCt, cursorCt }) => [
      ...[id, orgId, userId, hash, profileCt, tokensCt, cursorCt],
    ]),
  );
  await db.query(
    `with seeded (id, org_id, user_id, address_hash, profile_ct, tokens_ct, cursor_ct) as
       (values ${rows.text}),
     inserted as (
       insert into inboxes (id, org_id, user_id, provider, status, epoch, scope, address_hash,
         profile_ct, tokens_ct, granted_scopes, window_start, covered_seq, connected_at, key_n)
       select id, org_id, user_id, 'gmail', 'connected', ${EPOCH}, '{"kind":"contacts"}',
         address_hash, profile_ct, tokens_ct, '{https://www.googleapis.com/auth/gmail.readonly}',
         now() - interval '90 days', 1000, now(), 1 from seeded)
     insert into sync_cursors (inbox_id, cursor_ct, synced_at, watch_expires_at, pushed_at)
     select id, cursor_ct, now(), now() + interval '7 days', now() from seeded`,
    rows.params,
  );
  const keys = valuesOf(
    ['uuid', 'uuid', 'int', 'text', 'bytea'],
    inboxes.map(({ id, wrapped: { keyId, masterKeyId, wrappedKey } }) => [
      ...[keyId, id, 1, masterKeyId, wrappedKey],
    ]),
  );
  await db.query(
    `insert into inbox_keys (key_id, inbox_id, n, master_key_id, wrapped_key) values ${keys.text}`,
    keys.params,
  );
}

/**
 * Their workflows, as a continue-as-new hands them on: open, live, waiting for a wake or the next
 * look.
 * @param nextCheckAt epoch ms, by place in the list
 */
export async function startWorkflows(
  rig: Rig,
  inboxes: readonly IdleInbox[],
  nextCheckAt: (i: number) => number,
): Promise<void> {
  await withTemporal(rig, async ({ workflow }) => {
    const start = ({ id: inboxId }: IdleInbox, i: number): Promise<unknown> =>
      workflow.start<typeof inboxWorkflow>('inboxWorkflow', {
        workflowId: inboxWorkflowId(inboxId),
        args: [{ inboxId, epoch: EPOCH, state: stateAt(nextCheckAt(i)) }],
        taskQueue: rig.product.env.TEMPORAL_TASK_QUEUE ?? '',
      });
    // A backlog of first tasks makes each of them cost more.
    for (let from = 0; from < inboxes.length; from += STARTED_AHEAD) {
      const some = inboxes.slice(from, from + STARTED_AHEAD);
      await inLanes([...some.entries()], AT_ONCE, ([i, inbox]) => start(inbox, from + i));
      const last = some.at(-1);
      if (last) await untilItWaits(workflow.getHandle(inboxWorkflowId(last.id)));
    }
  });
}

/** Its first task is done and its timer set. Tasks go in their order. */
const untilItWaits = (handle: WorkflowHandle): Promise<unknown> =>
  until('a workflow waits', async () => (await handle.describe()).historyLength >= 5, {
    timeoutMs: 60_000,
    everyMs: 100,
  });

const stateAt = (nextCheckAt: number): InboxRunState => ({
  ...{ phase: 'live', mailDirty: false, workDirty: false, nextCheckAt, coalesceMs: 2_000 },
  ...{ backfills: [], shown: 'connected' },
});
