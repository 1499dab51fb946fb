import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { until } from '../demo/until.ts';
import type { SeedContact } from '../emulator/seed/people.ts';
import { consentAt, pushContacts, type Teammate } from './connect.ts';
import type { Rig } from './rig.ts';

/** What a trial stands on: a bench's rig, or a test's product. */
export interface TrialGround extends Pick<Rig, 'product' | 'emulator'> {
  temporal: Client;
  query(text: string, params: unknown[]): Promise<object[]>;
}

/** Whose inbox is disconnected. */
export interface Subject {
  provider: 'gmail' | 'outlook';
  teammate: Teammate;
  contacts: readonly SeedContact[];
  /** In the mailbox from the beginning, and told by the CRM only in the middle of it. */
  late: readonly SeedContact[];
}

interface Moment extends Subject {
  ground: TrialGround;
  inboxId: string;
}

/** Waits for what was begun beside, and takes however it ends. */
type Beside = () => Promise<unknown>;

const nothing: Beside = async () => {};
const upTo = (ms: number): Promise<void> => sleep(Math.random() * ms);

/** In the middle of what an inbox is disconnected: each goes to a random moment of it. */
export const MIDDLES = {
  connect: async () => {
    await upTo(150);
    return nothing;
  },
  backfill: async (moment) => {
    await intoBackfill(moment);
    return nothing;
  },
  'live mail': async (moment) => {
    await intoBackfill(moment);
    await Promise.all(Array.from({ length: 20 }, () => addMail(moment)));
    await upTo(300);
    return nothing;
  },
  refresh: async (moment) => {
    await intoBackfill(moment);
    await moment.ground.emulator.expireAccessTokens({ address: moment.teammate.person.email });
    await upTo(200);
    return nothing;
  },
  'waiting user': async (moment) => {
    await intoBackfill(moment);
    return await askedBeside(moment, `/api/v1/inboxes/${moment.inboxId}/scopes`);
  },
  attachment: async (moment) => {
    await intoBackfill(moment);
    return await askedBeside(moment, await storedFile(moment));
  },
  sending: async (moment) => {
    const { ground, teammate, provider, inboxId } = moment;
    const back = await consentAt(ground, teammate, {
      ...{ provider, path: `/api/v1/inboxes/${inboxId}/sending` },
    });
    await teammate.api.comeBack(back, addressOf(inboxId));
    const to = [{ address: moment.contacts[0]?.addresses[0] ?? '' }];
    const path = `/api/v1/inboxes/${inboxId}/messages`;
    const sent = Array.from({ length: 5 }, (_, i) =>
      teammate.api
        .send('POST', path, {
          body: { to, subject: `sent ${i}`, text: 'sent' },
          headers: { 'idempotency-key': randomUUID() },
        })
        .catch(() => null),
    );
    await upTo(400);
    return () => Promise.all(sent);
  },
  'consent callback': async ({ ground, teammate, provider, inboxId }) => {
    const back = await consentAt(ground, teammate, {
      ...{ provider, path: `/api/v1/inboxes/${inboxId}/reconnect` },
    });
    const coming = teammate.api.comeBack(back, addressOf(inboxId)).catch(() => null);
    await upTo(300);
    return () => coming;
  },
  'change of scope': async (moment) => {
    await intoBackfill(moment);
    const path = `/api/v1/inboxes/${moment.inboxId}/scope`;
    const { api } = moment.teammate;
    const { choices } = await api.get<{ choices: { id: string }[] }>(`${path}s`);
    const id = choices[0]?.id;
    const body =
      moment.provider === 'gmail'
        ? { kind: 'label', labelId: id }
        : { kind: 'folder', folderId: id, includeSubfolders: false };
    const changing = api.send('PUT', path, { body }).catch(() => null);
    await upTo(120);
    return () => changing;
  },
  'late contacts': async (moment) => {
    await someStored(moment);
    await pushContacts(moment.teammate, moment.late);
    await upTo(600);
    return nothing;
  },
  'gap re-list': async (moment) => {
    const { ground, provider, teammate } = moment;
    const address = teammate.person.email;
    await someStored(moment);
    if (provider === 'gmail') await ground.emulator.forgetHistory({ address });
    else await ground.emulator.expireDelta({ address });
    await addMail(moment);
    await upTo(800);
    return nothing;
  },
} as const satisfies Record<string, (moment: Moment) => Promise<Beside>>;

export type Middle = keyof typeof MIDDLES;

/** A browser's address of its own, as callbacks are limited by it. */
export function addressOf(inboxId: string): string {
  const [a, b, c] = Buffer.from(inboxId.slice(-6), 'hex');
  return `10.${a}.${b}.${c}`;
}

async function intoBackfill(moment: Moment): Promise<void> {
  if (Math.random() < 0.6) await someStored(moment);
  await upTo(600);
}

/** Or the moment would mostly lie before the first page, however long that takes on this machine. */
async function someStored({ ground, inboxId }: Moment): Promise<void> {
  const look = async (): Promise<boolean> =>
    (await ground.query('select from messages where inbox_id = $1 limit 1', [inboxId])).length > 0;
  await until('the first message', look, { timeoutMs: 60_000, everyMs: 25 });
}

async function addMail({ ground, teammate, contacts }: Moment): Promise<void> {
  const { email } = teammate.person;
  const from = contacts[0]?.addresses[0] ?? '';
  await ground.emulator.addMessage({ address: email, from, to: email, text: 'live' });
}

/** The API's own calls. */
async function askedBeside({ teammate }: Moment, path: string): Promise<Beside> {
  const asked = Array.from({ length: 5 }, () => teammate.api.send('GET', path).catch(() => null));
  await upTo(60);
  return () => Promise.all(asked);
}

/** @returns where the attachment of a stored message is, which the provider is asked for */
async function storedFile({ ground, teammate, inboxId }: Moment): Promise<string> {
  const stored = 'select id from messages where inbox_id = $1 and has_attachments limit 1';
  const look = async () => ((await ground.query(stored, [inboxId])) as { id: string }[])[0];
  const message = await until('a message with a file', look, { timeoutMs: 60_000, everyMs: 25 });
  const { attachments } = await teammate.api.get<WithAttachments>(`/api/v1/messages/${message.id}`);
  return new URL(attachments[0]?.url ?? '', 'http://any.example').pathname;
}

interface WithAttachments {
  attachments: { url: string }[];
}
