import { until } from '../demo/until.ts';
import { connectMailbox, type Teammate, teammateOf } from './connect.ts';
import { atLeast, atMost, type Outcome, unjudged } from './figures.ts';
import { receiptOf } from './receipt.ts';
import { type Rig, startRig, steps } from './rig.ts';

const MESSAGES = 1_000_000;
/** Of each other kind of row that goes with a history. */
const OTHERS = 1_000;
const ENVELOPE_BYTES = 416;
const BODY_BYTES = 992;
/** Each with one contact, one verdict, and seen by one backfill. */
const ROWS_PER_MESSAGE = 4;
const PATIENCE = { timeoutMs: 240_000, everyMs: 50 };

/** From the request to delete to the receipt, with a worker that dies in the middle. */
export async function deleteBench(): Promise<Outcome> {
  await using rig = await startRig({});
  const { keyGoneMs, rowsPerSecond, leftBehind } = await deleteAll(rig);
  return {
    figures: [
      atMost('key_gone_ms', keyGoneMs, 'ms', 100),
      atLeast('rows_per_s', rowsPerSecond, '1/s', 20_000),
      unjudged('messages_per_s', rowsPerSecond / ROWS_PER_MESSAGE, '1/s', 'higher'),
      atMost('left_behind', leftBehind, 'rows', 0),
    ],
    parameters: {
      ...{ messages: MESSAGES, rowsPerMessage: ROWS_PER_MESSAGE, otherRowsOfAKind: OTHERS },
      workerKilled: 'after a third; the wait for the next attempt counts',
      ...{ envelopeBytes: ENVELOPE_BYTES, bodyBytes: BODY_BYTES, postgres: 'does not flush' },
    },
    samples: { keyGoneMs, rowsPerSecond, leftBehind },
  };
}

interface Deleted {
  keyGoneMs: number;
  rowsPerSecond: number;
  leftBehind: number;
}

async function deleteAll(rig: Rig): Promise<Deleted> {
  const email = 'deleted@bench.example';
  const teammate = await teammateOf(rig, { orgId: 'deleted', userId: 'deleted', email });
  await rig.emulator.createAccount({ address: email });
  const inboxId = await connectMailbox(rig, teammate);
  await steps.run(`${MESSAGES} messages filled in`, () => fill(rig, inboxId));
  const { deletionId } = await requestDeletion(teammate, inboxId);
  const receipt = () => receiptOf(rig, deletionId);
  await steps.run('A third deleted', () =>
    until('it', async () => (await receipt()).messagesDeleted > MESSAGES / 3, PATIENCE),
  );
  await using _worker = await replaceWorker(rig);
  await steps.run('The rest', () =>
    until('the receipt', async () => (await receipt()).finishedAt !== null, PATIENCE),
  );
  const { requestedAt, keyDestroyedAt, finishedAt, messagesDeleted } = await receipt();
  if (messagesDeleted !== MESSAGES) throw new Error(`the receipt says ${messagesDeleted}`);
  const seconds = ((finishedAt ?? 0) - requestedAt) / 1_000;
  return {
    keyGoneMs: (keyDestroyedAt ?? Number.POSITIVE_INFINITY) - requestedAt,
    rowsPerSecond: (MESSAGES * ROWS_PER_MESSAGE) / seconds,
    leftBehind: await countLeft(rig, inboxId),
  };
}

const requestDeletion = ({ api }: Teammate, inboxId: string): Promise<{ deletionId: string }> =>
  api.post(`/api/v1/inboxes/${inboxId}/delete-history`, { confirm: 'delete' });

/** SIGKILL; what it was doing is taken up when its heartbeat has been missing. */
async function replaceWorker({ product }: Rig): Promise<AsyncDisposable> {
  await product.worker.kill();
  return await product.startWorker();
}

/** Rows as a backfill leaves them. The deletion never looks into what they hold. */
async function fill({ db }: Rig, inboxId: string): Promise<void> {
  await db.query(`set session_replication_role = replica`);
  const bytes = (n: number) => `decode(repeat(md5(i::text), ${n / 16}), 'hex')`;
  const id = `lpad(to_hex(i), 16, '0')`;
  const from = `from generate_series(1, ${MESSAGES}) i, inboxes b where b.id = '${inboxId}'`;
  await db.query(
    `insert into messages (id, inbox_id, org_id, user_id, provider_message_id, provider_thread_id,
       direction, received_at, has_attachments, envelope_ct, body_ct)
     select gen_random_uuid(), b.id, b.org_id, b.user_id, ${id}, ${id}, 'inbound',
       now() - i * interval '1 second', false, ${bytes(ENVELOPE_BYTES)}, ${bytes(BODY_BYTES)} ${from}`,
  );
  await db.query(
    `insert into message_contacts (message_id, contact_id, inbox_id, org_id, user_id, received_at)
     select id, 'contact-' || left(provider_message_id, 3), inbox_id, org_id, user_id, received_at
     from messages where inbox_id = $1`,
    [inboxId],
  );
  await db.query(
    `insert into verdicts (inbox_id, provider_message_id, kind, rfc_id_hash, sender_hash, received_at)
     select b.id, ${id}, 'stored', sha256(${id}::bytea), sha256((i % 200)::text::bytea), now() ${from}`,
  );
  await db.query(
    `insert into backfill_ids (inbox_id, n, provider_message_id) select b.id, 1, ${id} ${from}`,
  );
  await fillOthers(db, `from generate_series(1, ${OTHERS}) i, inboxes b where b.id = '${inboxId}'`);
  await db.query(`set session_replication_role = origin`);
}

/** What was sent, what events told, what is shared; of an endpoint that is not there. */
async function fillOthers(db: Rig['db'], from: string): Promise<void> {
  await db.query(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state,
       rfc_message_id)
     select gen_random_uuid(), b.id, i::text, 'hash', 'sent', i::text ${from}`,
  );
  await db.query(
    `insert into event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state)
     select b.id, b.org_id, b.id, gen_random_uuid(), 'message.synced', '{}', 'pending' ${from}`,
  );
  await db.query(
    `insert into thread_shares (inbox_id, provider_thread_id, org_id, user_id)
     select b.id, lpad(to_hex(i), 16, '0'), b.org_id, b.user_id ${from}`,
  );
}

async function countLeft({ db }: Rig, inboxId: string): Promise<number> {
  const tables = [
    ...['messages', 'message_contacts', 'verdicts', 'backfills', 'backfill_slices', 'backfill_ids'],
    ...['gaps', 'touches', 'sync_cursors', 'inbox_keys', 'doomed_keys', 'outgoing_messages'],
    ...['event_deliveries', 'thread_shares'],
  ];
  const counts = tables.map((t) => `(select count(*) from ${t} where inbox_id = '${inboxId}')`);
  const { rows } = await db.query<{ left: string }>(`select ${counts.join(' + ')} as left`);
  return Number(rows[0]?.left);
}
