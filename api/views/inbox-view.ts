import { z } from 'zod';
import { INBOX_PROBLEMS, INBOX_STATUSES, PROVIDERS } from '../../db/entities/enums.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import type { InboxProblem, InboxStatus, Provider, ReconnectReason } from '../../domain/inbox.ts';
import { isChosen } from '../../domain/scope.ts';
import type { Profile } from '../../vault/inbox-seals.ts';
import { scopeView } from './scope-view.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

const STATUS_WORDS: Record<InboxStatus, string> = {
  connected: 'Connected: new email is synced as it comes.',
  needs_reconnect: 'Sync has stopped until you reconnect this inbox.',
  disconnected: 'Disconnected: email already synced stays on the timelines, no new email comes in.',
  deleting: 'The synced email of this inbox is being deleted.',
};

const UNCHOSEN_WORDS =
  'Connected, but nothing is read until you choose what shall be synced of this inbox.';

const PROBLEM_STATUS_WORDS: Record<InboxProblem, string> = {
  scope_gone: 'Connected, but nothing is synced until you choose another label or folder.',
};

const FORGOTTEN_WORDS =
  'Disconnected: the email history was deleted, and nothing that was synced can be read any more.';

const KEY_MISSING_WORDS =
  'The key of this inbox is missing: what was synced cannot be read, and no new email comes in. Delete its email history under Settings → Privacy, then connect it again.';

interface ReconnectWords {
  words: string;
  action: string | Record<Provider, string>;
}

const RECONNECT_WORDS: Record<ReconnectReason, ReconnectWords> = {
  revoked: {
    words:
      'The provider no longer accepts our access: it was removed, it expired, the password was changed, or your organisation asks for a new sign-in.',
    action: 'Reconnect this inbox. What came in meanwhile is caught up then.',
  },
  scopes_missing: {
    words: 'The access we have does not cover reading messages.',
    action: {
      gmail: 'Reconnect this inbox and leave every box on the consent page ticked.',
      outlook:
        'Reconnect this inbox. If Microsoft then asks for your administrator, they have taken the consent back: only they can give it again.',
    },
  },
  mailbox_unavailable: {
    words:
      'The provider says that this mailbox is suspended, has no mail service or is closed to us.',
    action: 'Ask your mail administrator, then reconnect this inbox.',
  },
};

const PROBLEM_WORDS: Record<InboxProblem, { words: string; action: string }> = {
  scope_gone: {
    words:
      'The label or folder that this inbox was to sync does not exist any more: nothing new comes in.',
    action:
      'Choose another label or folder, or everything with contacts. What came in meanwhile is caught up then.',
  },
};

export const inboxStatusSchema = z.enum(INBOX_STATUSES);
export const reconnectReasonSchema = z.enum(['revoked', 'scopes_missing', 'mailbox_unavailable']);

export const inboxSchema = z
  .object({
    id: z.uuid(),
    provider: z.enum(PROVIDERS),
    address: z
      .string()
      .nullable()
      .describe('Null once the history is deleted, and where the key of the inbox is missing.'),
    status: inboxStatusSchema,
    statusWords: z.string(),
    epoch: z.int().describe('Raised at connect, disconnect and delete.'),
    scope: scopeView,
    scopeName: z.string().nullable().describe('The name of the label or folder.'),
    sending: z.boolean().describe('Whether its user has turned sending on.'),
    windowStart: timeSchema.describe('Older email is not brought in.'),
    connectedAt: timeSchema,
    disconnectedAt: timeSchema.nullable(),
    historyDeletedAt: timeSchema.nullable(),
    reconnect: z
      .object({
        reason: reconnectReasonSchema,
        words: z.string(),
        action: z.string(),
      })
      .nullable()
      .describe('Set with the status needs_reconnect.'),
    problem: z
      .object({
        code: z.enum(INBOX_PROBLEMS),
        since: timeSchema,
        words: z.string(),
        action: z.string(),
      })
      .nullable()
      .describe('What keeps a connected inbox from syncing, and what its user can do.'),
  })
  .meta({ id: 'Inbox', description: 'A connected Gmail or Outlook account, as lists show it.' });

/**
 * An inbox as lists show it.
 * @param profile null where there is none, or where its key is missing
 */
export function inboxView(inbox: InboxRow, profile: Profile | null): z.output<typeof inboxSchema> {
  const reason = inbox.status === 'needs_reconnect' ? inbox.reconnectReason : null;
  const { problem, problemSince } = inbox;
  const troubled = inbox.status === 'connected' && problem !== null && problemSince !== null;
  return {
    id: inbox.id,
    provider: inbox.provider,
    address: profile?.address ?? null,
    status: inbox.status,
    statusWords: statusWordsOf(inbox, profile),
    epoch: inbox.epoch,
    scope: inbox.scope,
    scopeName: profile?.scopeName ?? null,
    sending: inbox.sending,
    windowStart: iso(inbox.windowStart),
    connectedAt: iso(inbox.connectedAt),
    disconnectedAt: isoOrNull(inbox.disconnectedAt),
    historyDeletedAt: isoOrNull(inbox.historyDeletedAt),
    reconnect: reason ? reconnectView(reason, inbox.provider) : null,
    problem: troubled
      ? { code: problem, since: iso(problemSince), ...PROBLEM_WORDS[problem] }
      : null,
  };
}

function statusWordsOf(inbox: InboxRow, profile: Profile | null): string {
  if (isForgotten(inbox)) return FORGOTTEN_WORDS;
  if (inbox.profileCt && !profile) return KEY_MISSING_WORDS;
  if (inbox.status !== 'connected') return STATUS_WORDS[inbox.status];
  if (!isChosen(inbox.scope)) return UNCHOSEN_WORDS;
  return inbox.problem ? PROBLEM_STATUS_WORDS[inbox.problem] : STATUS_WORDS.connected;
}

function reconnectView(reason: ReconnectReason, provider: Provider) {
  const { words, action } = RECONNECT_WORDS[reason];
  return { reason, words, action: typeof action === 'string' ? action : action[provider] };
}

/** A connect after the deletion begins a new history. */
function isForgotten({ status, historyDeletedAt, connectedAt }: InboxRow): boolean {
  return status === 'disconnected' && historyDeletedAt !== null && connectedAt < historyDeletedAt;
}
