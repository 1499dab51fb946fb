import type { DataKey } from '../../crypto/data-key.ts';
import { listAudit } from '../../db/audit-store.ts';
import { listReceiptedBackfills } from '../../db/backfill-store.ts';
import { listDeletions } from '../../db/deletion-store.ts';
import { type ExportRow, exportPage } from '../../db/export-store.ts';
import { listGaps } from '../../db/gap-store.ts';
import { getInbox } from '../../db/inbox-lock.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { listInboxes } from '../../db/inbox-store.ts';
import { readTouches } from '../../db/touch-store.ts';
import { countVerdicts } from '../../db/verdict-store.ts';
import { openBody, openEnvelope } from '../../vault/message-seals.ts';
import type { Caller } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf } from '../inbox-access.ts';
import { auditView } from '../views/audit-view.ts';
import { inboxView } from '../views/inbox-view.ts';
import { iso } from '../views/time.ts';
import { accountLines, type Line } from './account-lines.ts';
import { findKey, opened } from './opened.ts';
import { outgoingLines } from './outgoing-lines.ts';

/** As many messages are in memory at once; a body is at most some megabytes. */
const MESSAGES_PAGE = 20;
const AUDIT_PAGE = 500;
const RECEIPTS = 1_000;

/**
 * All that is kept of a user, a JSON object a line. Each page is a transaction of its own, which opens
 * what it reads or finds the key gone: a history that is deleted meanwhile ends at the page before.
 * After that, or a line of something that does not open, the last one says that the export is not whole.
 */
export async function* exportLines(ctx: ApiContext, caller: Caller): AsyncGenerator<string> {
  const counts: Record<string, number> = {};
  let complete = true;
  const told = (lines: Line[]): string => {
    for (const { type, unreadable } of lines) {
      counts[type] = (counts[type] ?? 0) + 1;
      if (unreadable || type === 'deleted-meanwhile') complete = false;
    }
    return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  };
  const { orgId, userId } = caller;
  yield told([{ type: 'export', orgId, userId, at: iso(ctx.now()) }]);
  for (const inbox of await ctx.database.asUser(caller, listInboxes)) {
    yield told(await inboxLines(ctx, caller, inbox));
    yield told(await outgoingLines(ctx, caller, inbox));
    for await (const lines of messagesOf(ctx, caller, inbox)) {
      yield told(lines === 'deleted' ? [{ type: 'deleted-meanwhile', inboxId: inbox.id }] : lines);
    }
  }
  yield told(await accountLines(ctx, caller));
  for await (const lines of auditOf(ctx, caller)) yield told(lines);
  yield `${JSON.stringify({ type: 'end', complete, counts })}\n`;
}

async function inboxLines(ctx: ApiContext, caller: Caller, inbox: InboxRow): Promise<Line[]> {
  return ctx.database.asUser(caller, async (tx) => {
    const { id } = inbox;
    const profile = await openProfileOf(tx, ctx.keyRing, inbox);
    return [
      {
        type: 'inbox',
        ...inboxView(inbox, profile),
        ownAddresses: profile?.ownAddresses ?? [],
        notifyAddress: profile?.notifyAddress ?? null,
        unreadable: inbox.profileCt !== null && profile === null,
        touches: await readTouches(tx, id),
        notStored: await countVerdicts(tx, id),
        receipts: await listReceiptedBackfills(tx, id, RECEIPTS),
        gaps: await listGaps(tx, id),
        deletions: await listDeletions(tx, id),
      },
    ];
  });
}

async function* messagesOf(
  ctx: ApiContext,
  caller: Caller,
  { id, orgId, historyDeletedAt }: InboxRow,
): AsyncGenerator<Line[] | 'deleted'> {
  let after = '';
  for (;;) {
    const position = after;
    const page = await ctx.database.asUser(caller, async (tx) => {
      const now = await getInbox(tx, id);
      if (!now || now.status === 'deleting' || now.historyDeletedAt !== historyDeletedAt)
        return null;
      const rows = await exportPage(tx, id, { after: position, limit: MESSAGES_PAGE });
      if (rows.length === 0) return { rows, lines: [] };
      const key = await findKey(tx, ctx, { id, orgId });
      if (!key) return null;
      return { rows, lines: rows.map((row) => messageLine(ctx, key, { id, orgId }, row)) };
    });
    if (!page) {
      yield 'deleted';
      return;
    }
    const last = page.rows.at(-1);
    if (!last) return;
    yield page.lines;
    after = last.providerMessageId;
  }
}

function messageLine(
  ctx: ApiContext,
  key: DataKey | 'lost',
  { id: inboxId, orgId }: Pick<InboxRow, 'id' | 'orgId'>,
  row: ExportRow,
): Line {
  const ids = { inboxId, messageId: row.id };
  const ref = { orgId, ...ids };
  return {
    type: 'message',
    id: row.id,
    inboxId,
    providerMessageId: row.providerMessageId,
    threadId: row.providerThreadId,
    direction: row.direction,
    receivedAt: iso(row.receivedAt),
    contactIds: row.contactIds,
    ...opened(ctx, key, ids, (by) => openEnvelope(by, ref, row.envelopeCt)),
    ...opened(ctx, key, ids, (by) => openBody(by, ref, row.bodyCt)),
  };
}

async function* auditOf(ctx: ApiContext, caller: Caller): AsyncGenerator<Line[]> {
  let before: { at: number; id: string } | undefined;
  do {
    const position = before;
    const rows = await ctx.database.asUser(caller, (tx) =>
      listAudit(tx, { of: 'own', limit: AUDIT_PAGE, before: position }),
    );
    yield rows.map((row) => ({ type: 'audit', ...auditView(row) }));
    before = rows.length === AUDIT_PAGE ? rows.at(-1) : undefined;
  } while (before);
}
