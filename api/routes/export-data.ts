import { writeAudit } from '../../db/audit-store.ts';
import { sendDownload } from '../download.ts';
import { exportLines } from '../export/data-export.ts';
import { defineRoute, Media } from '../route.ts';

export const exportData = defineRoute({
  method: 'get',
  path: '/api/v1/me/export',
  name: 'exportData',
  tag: 'Privacy',
  summary: 'All that is kept of the caller, as a download',
  description:
    'NDJSON: a JSON object a line, each with its type. First `export`; per inbox one `inbox` (with addresses, touches, receipts, gaps, deletions, counts of what was not stored) and a `message` for each stored one (headers, text, HTML as it came, what was attached, contact ids; attachments themselves stay in the mailbox) and an `outgoing` for each one sent from here; then `share`, `event-endpoint`, `waiting` (connections that wait for an administrator), `session`, `deletion-of-everything`, `audit`; last `end` with counts and `complete`. A file without `end` was cut off. `complete` is false where a history was deleted meanwhile, whose messages end with `deleted-meanwhile`, and where a line is `unreadable`: what it tells of is kept and does not open any more.',
  responses: { 200: new Media('The file.', 'application/x-ndjson') },
}).handle((ctx) => async ({ caller, res }) => {
  await ctx.database.asUser(caller, (tx) => writeAudit(tx, { act: 'data.exported' }));
  await sendDownload(res, ctx.log, {
    filename: 'sambandh-export.ndjson',
    contentType: 'application/x-ndjson; charset=utf-8',
    parts: exportLines(ctx, caller),
  });
});
