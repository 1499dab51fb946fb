import type { z } from 'zod';
import type { userDeletionSchema } from '../api/routes/delete-all-history.ts';
import type { disconnectedSchema } from '../api/routes/disconnect-inbox.ts';
import type { explainedSchema } from '../api/routes/explain-email.ts';
import type { inboxDetailSchema } from '../api/routes/get-inbox.ts';
import type { pendingSchema } from '../api/routes/list-pending.ts';
import type { bulkReplaySchema } from '../api/routes/ops/replay-backfills.ts';
import type { sessionSchema } from '../api/routes/session.ts';
import type { shareSchema } from '../api/routes/share-thread.ts';
import type { backfillSchema, runningBackfillSchema } from '../api/views/backfill-view.ts';
import type { contactSchema } from '../api/views/contact-view.ts';
import type { deletionSchema } from '../api/views/deletion-view.ts';
import type { inboxSchema } from '../api/views/inbox-view.ts';
import type { messageSchema, timelineItemSchema } from '../api/views/message-view.ts';
import type {
  explainedBackfillSchema,
  opsBackfillSchema,
  opsInboxSchema,
} from '../api/views/ops-view.ts';
import type { outgoingSchema } from '../api/views/outgoing-view.ts';
import type { replaySchema } from '../api/views/replay-view.ts';
import type { scopeChoiceSchema, scopeView } from '../api/views/scope-view.ts';

/** The answers of the API, by the schemas that describe them. Types only: none of it is loaded. */
export type Inbox = z.output<typeof inboxSchema>;
export type InboxDetail = z.output<typeof inboxDetailSchema>;
export type DisconnectAnswer = z.output<typeof disconnectedSchema>;
export type Backfill = z.output<typeof backfillSchema>;
export type RunningBackfill = z.output<typeof runningBackfillSchema>;
export type Scope = z.output<typeof scopeView>;
export type ScopeChoice = z.output<typeof scopeChoiceSchema>;
export type Contact = z.output<typeof contactSchema>;
export type TimelineItem = z.output<typeof timelineItemSchema>;
export type Message = z.output<typeof messageSchema>;
export type Deletion = z.output<typeof deletionSchema>;
export type OpsInbox = z.output<typeof opsInboxSchema>;
export type OpsBackfill = z.output<typeof opsBackfillSchema>;
export type ExplainedBackfill = z.output<typeof explainedBackfillSchema>;
export type Share = z.output<typeof shareSchema>;
export type Explained = z.output<typeof explainedSchema>;
export type EverythingDeletion = z.output<typeof userDeletionSchema>;
export type Pending = z.output<typeof pendingSchema>;
export type Outgoing = z.output<typeof outgoingSchema>;
export type BulkReplay = z.output<typeof bulkReplaySchema>;
export type Replay = z.output<typeof replaySchema>;
export type SessionView = z.output<typeof sessionSchema>;
