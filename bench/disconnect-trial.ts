import { WorkflowNotFoundError } from '@temporalio/client';
import { until } from '../demo/until.ts';
import { EVENT_TYPES } from '../domain/event.ts';
import { backfillWorkflowId, inboxWorkflowId } from '../workflows/ids.ts';
import { callsAfter, provenAfter, rowsOf } from './after-answer.ts';
import { comeBack, consent, pushContacts, teammateOf } from './connect.ts';
import { MIDDLES, type Middle, type Subject, type TrialGround } from './disconnect-middles.ts';

export type { TrialGround } from './disconnect-middles.ts';

export interface Trial {
  provider: Subject['provider'];
  middle: Middle;
  /** From the request to its answer. */
  answerMs: number;
  /** After the answer, how long a call would not have been seen: see `provenAfter`. */
  blindMs: number;
  /** Provider calls that began after the answer, as the provider's log has them. */
  callsAfter: string[];
  /** Tables of which a row of the inbox changed after the answer. */
  writesAfter: string[];
  /** Messages stored by then: between none and all, or it was not the middle of anything. */
  stored: number;
  /** Events recorded by then, delivered or not: one at least of each message stored. */
  told: number;
  /** What the inbox is in the end, if not disconnected and without tokens. */
  cameBack: string | null;
  /** Workflows that have not ended. */
  runsOn: string[];
}

const MAILBOX = { messages: 300, matching: 150, contacts: 15, days: 80 } as const;
const LATE_CONTACTS = 3;
const PROVIDERS = ['gmail', 'outlook'] as const;
const ORDER = Object.keys(MIDDLES) as Middle[];

/** Where nothing listens: that telling fails is noted, and is no writing for the inbox. */
const ENDPOINT = { url: 'http://127.0.0.1:9/', types: EVENT_TYPES };

/** Makes so many mailboxes, then connects and disconnects each: making one holds up the emulator. */
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
  const provider = PROVIDERS[Math.floor(i / ORDER.length) % PROVIDERS.length] ?? 'gmail';
  if (provider === 'gmail') await ground.emulator.createAccount({ address: email });
  else await ground.emulator.createOutlookAccount({ address: email });
  const { contacts: all } = await ground.emulator.seedBulk({ address: email, ...MAILBOX });
  const contacts = all.slice(0, -LATE_CONTACTS);
  await addFile(ground, email, contacts[0]?.addresses[0] ?? '');
  const person = { orgId: `fence-${i}`, userId: `user-${i}`, email, roles: ['admin'] };
  const teammate = await teammateOf(ground, person);
  await teammate.api.post('/api/v1/event-endpoints', ENDPOINT);
  await pushContacts(teammate, contacts);
  return { provider, teammate, contacts, late: all.slice(-LATE_CONTACTS) };
}

/** One new inbox, disconnected at a random moment in the middle of something. */
async function disconnectTrial(ground: TrialGround, i: number, subject: Subject): Promise<Trial> {
  const { provider, teammate } = subject;
  const { emulator, query } = ground;
  const middle = ORDER[i % ORDER.length] ?? 'backfill';
  const redirectUrl = await consent(ground, teammate, provider);
  const inboxId = await comeBack(teammate, redirectUrl, `10.0.${i >> 8}.${i & 255}`);
  const beside = await MIDDLES[middle]({ ...subject, ground, inboxId });

  const startedAt = performance.now();
  await teammate.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  const answerMs = performance.now() - startedAt;
  const [{ provenMs, blindMs }, before] = await Promise.all([
    provenAfter(emulator),
    rowsOf(query, inboxId),
  ]);
  await beside();
  const cameBack = await whatCameBack(ground, inboxId);
  const runsOn = cameBack ? [] : await stillRunning(ground, inboxId);
  const after = await rowsOf(query, inboxId);
  return {
    ...{ provider, middle, answerMs, blindMs },
    callsAfter: await callsAfter(emulator, teammate.person.email, provenMs),
    writesAfter: Object.keys(after).filter((table) => before[table] !== after[table]),
    stored: rowCount(before.messages),
    told: rowCount(before.event_deliveries),
    ...{ cameBack, runsOn },
  };
}

/** @param rows as `rowsOf` has them */
const rowCount = (rows: string | undefined): number => Number(rows?.split(' ')[0]);

/** A message with an attachment, among the newest: backfills bring it first. */
async function addFile({ emulator }: TrialGround, address: string, from: string): Promise<void> {
  const contentBase64 = Buffer.alloc(9_000).toString('base64');
  const file = { filename: 'a.bin', contentType: 'application/octet-stream', contentBase64 };
  const internalDate = Date.now() - 3_600_000;
  await emulator.addMessage({ address, from, to: address, internalDate, attachments: [file] });
}

async function whatCameBack({ query }: TrialGround, inboxId: string): Promise<string | null> {
  const found = (await query(
    `select status, epoch, sending, tokens_ct is not null as tokens from inboxes
     where id = $1 and (status <> 'disconnected' or sending or tokens_ct is not null)`,
    [inboxId],
  )) as object[];
  return found.length === 0 ? null : JSON.stringify(found[0]);
}

async function stillRunning(ground: TrialGround, inboxId: string): Promise<string[]> {
  const backfills = await ground.query('select n from backfills where inbox_id = $1', [inboxId]);
  const ids = (backfills as { n: number }[]).map(({ n }) => backfillWorkflowId(inboxId, n));
  const running = [inboxWorkflowId(inboxId), ...ids].map((id) =>
    until(`the end of ${id}`, () => hasEnded(ground, id), { timeoutMs: 60_000 }).then(
      () => [],
      () => [id],
    ),
  );
  return (await Promise.all(running)).flat();
}

async function hasEnded({ temporal }: TrialGround, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
  } catch (error) {
    // Disconnected before it was started.
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
