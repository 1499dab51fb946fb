import { randomUUID } from 'node:crypto';
import { writeAudit } from '../../../db/audit-store.ts';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { planBackfill } from '../../../db/backfill-slice-store.ts';
import { insertBackfill } from '../../../db/backfill-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { openGap } from '../../../db/gap-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { putOauthState } from '../../../db/oauth-state-store.ts';
import { putSession } from '../../../db/session-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { addTouches } from '../../../db/touch-store.ts';
import type { TestDatabase } from '../../support/database.ts';
import { ALICE, addContacts, connect, contact, NOON, oauthState, stored } from './fixtures.ts';

/** What there is of Alice, to be asked for by others. */
export interface Everything {
  inbox: Attempt;
  /** Whose history is being deleted. */
  former: Attempt;
  deletionId: string;
  /** A planned one, with a slice and an id. */
  backfill: number;
  message: { id: string; providerMessageId: string; providerThreadId: string };
  stateHash: Buffer;
  sessionHash: Buffer;
}

/** A row of Alice's in every table, but for `thread_shares`. */
export async function seedEverything(database: TestDatabase): Promise<Everything> {
  await addContacts(database, ALICE.orgId, contact('c1', 'c1@example.com'));
  const former = await connect(database, ALICE, { mailbox: 'former' });
  const { deletionId } = await database.api.asUser(ALICE, (tx) =>
    startDeletion(tx, former.inboxId),
  );
  const inbox = await connect(database);
  const mail = await seedMail(database, inbox);
  const hashes = await seedAccount(database);
  await seedByHand(database, inbox);
  return { inbox, former, deletionId, ...mail, ...hashes };
}

const seedMail = (database: TestDatabase, inbox: Attempt) =>
  database.worker.asConnectedInbox(inbox, async (tx, row) => {
    await openGap(tx, { cause: 'downtime', from: NOON - 1000, to: NOON });
    const window = { windowFrom: NOON - 1000, windowTo: NOON };
    const wanted = { kind: 'scope', ...window, seqAfter: 0, seqUpto: 1 } as const;
    const backfill = await insertBackfill(tx, row.id, wanted);
    await planBackfill(tx, backfill, [
      { from: NOON - 1000, to: NOON, addressIds: [], headersFirst: false },
    ]);
    await noteSeen(tx, backfill, ['m1']);
    await commitMessages(tx, row, [stored('m1')]);
    await addTouches(tx, { calls: 1 });
    const [message] = await tx.sql<Everything['message']>(
      `select id, provider_message_id as "providerMessageId",
         provider_thread_id as "providerThreadId" from messages`,
    );
    if (!message) throw new Error('no message was stored');
    return { backfill, message };
  });

const seedAccount = (database: TestDatabase) =>
  database.api.asUser(ALICE, async (tx) => {
    const stateHash = Buffer.from('state');
    const sessionHash = Buffer.from('session');
    await putOauthState(tx, oauthState(ALICE, stateHash));
    await putSession(tx, { sessionHash, ...ALICE, roles: [], expiresAt: Date.now() + 60_000 });
    await writeAudit(tx, { act: 'session.opened' });
    await tx.sql(
      `insert into user_deletions (id, org_id, user_id, deletion_ids)
       values (gen_random_uuid(), 'acme', 'alice', '{}')`,
    );
    return { stateHash, sessionHash };
  });

/** Rows whose stores ask for more than a row. */
const seedByHand = async (database: TestDatabase, { inboxId }: Attempt): Promise<void> => {
  await database.sql(
    `insert into pending_connections (id, org_id, user_id, provider, scope, browser_hash,
       admin_state_hash, secret_ct, return_to, expires_at)
     values (gen_random_uuid(), 'acme', 'alice', 'outlook', '{}', 'b', 'a', 's', '',
       now() + interval '1 hour')`,
  );
  await database.sql(
    `with made as (
       insert into event_endpoints (id, org_id, user_id, types, content, state, target_ct,
         master_key_id)
       values ($2, 'acme', 'alice', '{inbox.connected}', false, 'active', 't', 'k') returning id)
     insert into event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state)
     select id, 'acme', $1, gen_random_uuid(), 't', '{}', 'pending' from made`,
    [inboxId, randomUUID()],
  );
  await database.sql(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
       rfc_message_id)
     values (gen_random_uuid(), $1, 'k', 'h', 'queued', 'content', 'm')`,
    [inboxId],
  );
};
