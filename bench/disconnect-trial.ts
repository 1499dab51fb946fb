import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ApiClient } from '../demo/api-client.ts';
import { until } from '../demo/until.ts';
import type { SeedContact } from '../emulator/seed/people.ts';
import { backfillWorkflowId, inboxWorkflowId } from '../workflows/ids.ts';
import { comeBack, consent, pushContacts, type Teammate, teammateOf } from './connect.ts';
import type { Rig } from './rig.ts';

/** What a trial stands on: a bench's rig, or a test's product. */
export interface TrialGround extends Pick<Rig, 'product' | 'emulator'> {
  temporal: Client;
  query(text: string, params: unknown[]): Promise<object[]>;
  /** Of every answer of the provider, so that there is a middle to disconnect in. */
  latencyMs: number;
}

/** In the middle of what an inbox is disconnected. */
const MIDDLES = [
  'connect',
  'backfill',
  'live mail',
  'refresh',
  'waiting user',
  'attachment',
] as const;

type Middle = (typeof MIDDLES)[number];

export interface Trial {
  provider: Subject['provider'];
  middle: Middle;
  /** From the request to its answer. */
  answerMs: number;
  /** Provider calls that began after the answer, as the provider's log has them. */
  callsAfter: string[];
  /** Tables of which a row of the inbox changed after the answer. */
  writesAfter: string[];
  /** Messages stored by then: between none and all, or it was not the middle of anything. */
  stored: number;
}

const MAILBOX = { messages: 300, matching: 150, contacts: 15, days: 80 } as const;
/** One request of Outlook carries twenty parts at most, of which four are answered at a time. */
const ROUNDS = { gmail: 1, outlook: 5 } as const;
/** From the request leaving us to its arrival at the emulator, on a busy machine. */
const ON_THE_WAY_MS = 250;

/** Every table with rows of an inbox that a worker writes. */
const TABLES = [
  ...['messages', 'message_contacts', 'verdicts', 'backfills', 'backfill_slices', 'backfill_ids'],
  ...['sync_cursors', 'touches', 'gaps', 'inbox_keys'],
];

const PROVIDERS = ['gmail', 'outlook'] as const;

interface Subject {
  provider: (typeof PROVIDERS)[number];
  teammate: Teammate;
  contacts: readonly SeedContact[];
}

/**
 * Makes so many mailboxes, then connects and disconnects each. Not side by side: making one holds up
 * the emulator, and a call that was answered late would look like one that began late.
 */
export async function disconnectTrials(
  ground: TrialGround,
  count: number,
  atOnce: number,
): Promise<Trial[]> {
  const subjects: Subject[] = [];
  for (let i = 0; i < count; i += 1) subjects.push(await subjectOf(ground, i));
  const trials: Trial[] = [];
  const left = subjects.entries();
  const lane = async (): Promise<void> => {
    for (const [i, subject] of left) trials.push(await disconnectTrial(ground, i, subject));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return trials;
}

async function subjectOf(ground: TrialGround, i: number): Promise<Subject> {
  const email = `fence-${i}@bench.example`;
  // One after the other with all middles: every middle meets both.
  const provider = PROVIDERS[Math.floor(i / MIDDLES.length) % PROVIDERS.length] ?? 'gmail';
  if (provider === 'gmail') await ground.emulator.createAccount({ address: email });
  else await ground.emulator.createOutlookAccount({ address: email });
  const { contacts } = await ground.emulator.seedBulk({ address: email, ...MAILBOX });
  await addFile(ground, email, contacts[0]?.addresses[0] ?? '');
  const person = { orgId: `fence-${i}`, userId: `user-${i}`, email };
  const teammate = await teammateOf(ground, person);
  await pushContacts(teammate, contacts);
  return { provider, teammate, contacts };
}

/** One new inbox, disconnected at a random moment in the middle of something. */
async function disconnectTrial(ground: TrialGround, i: number, subject: Subject): Promise<Trial> {
  const { provider, teammate, contacts } = subject;
  const middle = MIDDLES[i % MIDDLES.length] ?? 'backfill';
  const redirectUrl = await consent(ground, teammate, provider);
  const inboxId = await comeBack(teammate, redirectUrl, `10.0.${i >> 8}.${i & 255}`);
  const busy = await disturb(ground, teammate, { middle, inboxId, contacts });

  const startedAt = performance.now();
  await teammate.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  const answerMs = performance.now() - startedAt;
  // Whatever had left by the answer has arrived before this is answered.
  await ground.emulator.now();
  const answeredAt = Date.now();
  const before = await rowsOf(ground, inboxId);
  await Promise.all([busy(), ended(ground, inboxWorkflowId(inboxId))]);
  await ended(ground, backfillWorkflowId(inboxId, 1));
  const after = await rowsOf(ground, inboxId);
  return {
    provider,
    middle,
    answerMs,
    callsAfter: await callsAfter(ground, subject, answeredAt),
    writesAfter: TABLES.filter((table) => before.get(table) !== after.get(table)),
    stored: Number(before.get('messages')?.split(' ')[0]),
  };
}

interface Disturbance {
  middle: Trial['middle'];
  inboxId: string;
  contacts: readonly SeedContact[];
}

/**
 * Brings the inbox to a random moment of what it is to be disconnected in.
 * @returns waits for what was begun beside, and takes however it ends
 */
async function disturb(
  ground: TrialGround,
  { api, person }: Teammate,
  { middle, inboxId, contacts }: Disturbance,
): Promise<() => Promise<unknown>> {
  const { emulator } = ground;
  const nothing = async () => {};
  if (middle === 'connect') {
    await sleep(Math.random() * 150);
    return nothing;
  }
  if (Math.random() < 0.6) await someStored(ground, inboxId);
  await sleep(Math.random() * 600);
  if (middle === 'live mail') {
    const from = contacts[0]?.addresses[0] ?? '';
    const mail = { address: person.email, from, to: person.email, text: 'live' };
    await Promise.all(Array.from({ length: 20 }, () => emulator.addMessage(mail)));
    await sleep(Math.random() * 300);
  }
  if (middle === 'refresh') {
    await emulator.expireAccessTokens({ address: person.email });
    await sleep(Math.random() * 200);
  }
  if (middle !== 'waiting user' && middle !== 'attachment') return nothing;
  // The API's own calls.
  const path =
    middle === 'attachment'
      ? await storedFile(ground, api, inboxId)
      : `/api/v1/inboxes/${inboxId}/scopes`;
  const asked = Array.from({ length: 5 }, () => api.send('GET', path).catch(() => null));
  await sleep(Math.random() * 60);
  return () => Promise.all(asked);
}

/** A message with an attachment, among the newest: backfills bring it first. */
async function addFile({ emulator }: TrialGround, address: string, from: string): Promise<void> {
  const contentBase64 = Buffer.alloc(9_000).toString('base64');
  const file = { filename: 'a.bin', contentType: 'application/octet-stream', contentBase64 };
  const internalDate = Date.now() - 3_600_000;
  await emulator.addMessage({ address, from, to: address, internalDate, attachments: [file] });
}

/** @returns where the attachment of a stored message is, which the provider is asked for */
async function storedFile(
  { query }: TrialGround,
  api: ApiClient,
  inboxId: string,
): Promise<string> {
  const stored = 'select id from messages where inbox_id = $1 and has_attachments limit 1';
  const look = async () => ((await query(stored, [inboxId])) as { id: string }[])[0];
  const message = await until('a message with a file', look, { timeoutMs: 60_000, everyMs: 25 });
  const { attachments } = await api.get<WithAttachments>(`/api/v1/messages/${message.id}`);
  return new URL(attachments[0]?.url ?? '', 'http://any.example').pathname;
}

interface WithAttachments {
  attachments: { url: string }[];
}

/** Or the moment would mostly lie before the first page, however long that takes on this machine. */
async function someStored({ query }: TrialGround, inboxId: string): Promise<void> {
  const look = async (): Promise<boolean> =>
    (await query('select from messages where inbox_id = $1 limit 1', [inboxId])).length > 0;
  await until('the first message', look, { timeoutMs: 60_000, everyMs: 25 });
}

async function rowsOf({ query }: TrialGround, inboxId: string): Promise<Map<string, string>> {
  const selects = TABLES.map(
    (table) =>
      `select '${table}' as name, count(*) || ' ' ||
         coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash
       from ${table} t where inbox_id = $1`,
  );
  const rows = await query(selects.join(' union all '), [inboxId]);
  return new Map((rows as { name: string; hash: string }[]).map(({ name, hash }) => [name, hash]));
}

/** The log notes the answer of a call: what began before may have ended after. */
async function callsAfter(
  { emulator, latencyMs }: TrialGround,
  { provider, teammate }: Subject,
  answeredAt: number,
): Promise<string[]> {
  const log = await emulator.accessLog({ mailbox: teammate.person.email });
  const lastMs = answeredAt + latencyMs * ROUNDS[provider] + ON_THE_WAY_MS;
  return log
    .filter(({ method }) => method !== 'pubsub.push' && !method.startsWith('graph.notify'))
    .filter(({ atMs }) => atMs > lastMs)
    .map(({ method, status, atMs }) => `${method} ${status}, ${atMs - answeredAt} ms after`);
}

async function ended({ temporal }: TrialGround, workflowId: string): Promise<void> {
  await until(
    `the end of ${workflowId}`,
    async () => {
      try {
        return (await temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
      } catch (error) {
        // Disconnected before it was started.
        if (error instanceof WorkflowNotFoundError) return true;
        throw error;
      }
    },
    { timeoutMs: 60_000 },
  );
}
