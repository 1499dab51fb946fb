import type { CountedReceipt } from '../db/backfill-receipt-store.ts';
import { emptyPlaceWords } from '../domain/empty-place.ts';
import type { DisabledWhy } from '../domain/event.ts';
import { describeSpan } from '../domain/gap.ts';
import type { BackfillKind, ReconnectReason } from '../domain/inbox.ts';
import { placeWords } from '../domain/place-words.ts';
import { describeReceipt } from '../domain/receipt.ts';
import type { Scope } from '../domain/scope.ts';
import type { Profile } from '../vault/inbox-seals.ts';
import type { Mail } from './mailer.ts';

/** The mails we write to users: what happened, what it means, what to do. */

interface MailedRun {
  inboxId: string;
  n: number;
  kind: BackfillKind;
  /** Where its window begins, told as a day in UTC. */
  from: number;
  scope: Scope;
  now: number;
  publicUrl: string;
}

/** @param run what the user asked for */
export function backfillMail(
  profile: Profile,
  { receipt, failures }: CountedReceipt,
  run: MailedRun,
): Mail {
  const told = { kind: run.kind, at: run.now, now: run.now };
  const { headline, lines, nextStep } = describeReceipt(receipt, told, failures);
  const empty = receipt.stored === 0 ? emptyPlaceWords(run.scope) : null;
  const wanted = `email with your contacts${placeWords(run.scope, profile.scopeName)}`;
  const day = describeSpan({ from: run.from, to: run.from }, run.now, 'UTC');
  return {
    to: profile.notifyAddress,
    subject: 'Your email history has been gone through',
    text: [
      `We have looked in ${profile.address} for ${wanted} since ${day}.`,
      '',
      headline,
      ...lines.map((line) => `- ${line}`),
      ...(nextStep ? ['', nextStep] : []),
      ...(empty ? ['', `${empty} You find it under Settings → Email → Change.`] : []),
      '',
      `New ${wanted} arrives by itself from now on.`,
      `What this means and how to stop it: ${run.publicUrl}/docs/email-sync`,
      '',
    ].join('\n'),
    messageId: `<backfill.${run.inboxId}.${run.n}@sambandh.invalid>`,
  };
}

const WHY: Record<ReconnectReason, string> = {
  revoked:
    'Access to it was withdrawn or has expired, for example after a change of password, or your organisation asks you to sign in again.',
  scopes_missing: 'The permission to read mail is no longer part of what you granted.',
  mailbox_unavailable: 'The provider says that the mailbox is suspended or closed to us.',
};

export function reconnectMail(
  profile: Profile,
  reason: ReconnectReason,
  publicUrl: string,
  inbox: { inboxId: string; epoch: number },
): Mail {
  return {
    to: profile.notifyAddress,
    subject: 'Please reconnect your inbox',
    text: [
      `Email from ${profile.address} no longer arrives on your timelines.`,
      '',
      WHY[reason],
      'Nothing that was synced is lost. Connect the inbox again in Settings → Email, and what came',
      'in meanwhile is fetched too.',
      '',
      `More: ${publicUrl}/docs/email-sync`,
      '',
    ].join('\n'),
    messageId: `<reconnect.${inbox.inboxId}.${inbox.epoch}@sambandh.invalid>`,
  };
}

export function endpointDisabledMail({
  to,
  host,
  endpoint,
}: {
  to: string;
  host: string;
  endpoint: { id: string; disabledWhy: DisabledWhy | null; failingSince: number | null };
}): Mail {
  const why =
    endpoint.disabledWhy === 'gone'
      ? 'It answered 410, which means that it wants no more events.'
      : 'No event could be delivered to it for days.';
  return {
    to,
    subject: 'An event endpoint was disabled',
    text: [
      `Events are no longer delivered to your endpoint at ${host}.`,
      '',
      why,
      'Mail is synced as before. Events that could not be delivered are kept as failed. When the',
      'endpoint works again, enable it and replay them:',
      `PUT /api/v1/event-endpoints/${endpoint.id} with "state": "active", then`,
      `POST /api/v1/event-endpoints/${endpoint.id}/deliveries/replay`,
      '',
    ].join('\n'),
    messageId: `<endpoint.${endpoint.id}.${endpoint.failingSince ?? 0}@sambandh.invalid>`,
  };
}
