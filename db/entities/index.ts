import { AuditEntry } from './audit-entry.ts';
import { Backfill } from './backfill.ts';
import { BackfillId } from './backfill-id.ts';
import { BackfillSlice } from './backfill-slice.ts';
import { CallTicket } from './call-ticket.ts';
import { Contact } from './contact.ts';
import { ContactAddress } from './contact-address.ts';
import { ContactBook } from './contact-book.ts';
import { Deletion } from './deletion.ts';
import { DoomedKey } from './doomed-key.ts';
import { EventDelivery } from './event-delivery.ts';
import { EventEndpoint } from './event-endpoint.ts';
import { Gap } from './gap.ts';
import { Inbox } from './inbox.ts';
import { InboxKey } from './inbox-key.ts';
import { Message } from './message.ts';
import { MessageContact } from './message-contact.ts';
import { OauthState } from './oauth-state.ts';
import { OutgoingMessage } from './outgoing-message.ts';
import { PendingConnection } from './pending-connection.ts';
import { QuotaSlot } from './quota-slot.ts';
import { Session } from './session.ts';
import { SyncCursor } from './sync-cursor.ts';
import { ThreadShare } from './thread-share.ts';
import { Touch } from './touch.ts';
import { UserDeletion } from './user-deletion.ts';
import { Verdict } from './verdict.ts';
import { WorkflowCommand } from './workflow-command.ts';

export const entities = [
  AuditEntry,
  BackfillId,
  BackfillSlice,
  Backfill,
  CallTicket,
  ContactAddress,
  ContactBook,
  Contact,
  Deletion,
  DoomedKey,
  EventDelivery,
  EventEndpoint,
  Gap,
  InboxKey,
  Inbox,
  MessageContact,
  Message,
  OauthState,
  PendingConnection,
  OutgoingMessage,
  QuotaSlot,
  Session,
  SyncCursor,
  ThreadShare,
  Touch,
  UserDeletion,
  Verdict,
  WorkflowCommand,
];
