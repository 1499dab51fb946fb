import { z } from 'zod';
import { type AuditPosition, type AuditView, listAudit, writeAudit } from '../../db/audit-store.ts';
import { auditOf, requireAuditView } from '../audit-input.ts';
import type { Caller } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { csvLine } from '../csv.ts';
import { sendDownload } from '../download.ts';
import { defineRoute, Media } from '../route.ts';
import { type AuditEntryView, auditView } from '../views/audit-view.ts';

const query = z.strictObject({ of: auditOf, format: z.enum(['ndjson', 'csv']).default('ndjson') });

const PAGE = 1_000;
const COLUMNS = ['id', 'at', 'actorId', 'ownerId', 'act', 'inboxId', 'subject', 'count'] as const;

const FORMATS = {
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: (entry: AuditEntryView) => `${JSON.stringify(entry)}\n`,
  },
  csv: {
    contentType: 'text/csv; charset=utf-8',
    head: csvLine(COLUMNS),
    line: (entry: AuditEntryView) => csvLine(COLUMNS.map((column) => entry[column])),
  },
};

export const exportAudit = defineRoute({
  method: 'get',
  path: '/api/v1/audit/export',
  name: 'exportAudit',
  tag: 'Audit log',
  summary: 'All of the audit log as a download, newest first, an entry a line',
  description: 'The download itself becomes an entry.',
  query,
  responses: { 200: new Media('NDJSON, or CSV with a line of names.', '*/*') },
  problems: ['role-missing'],
}).handle((ctx) => async ({ query: { of, format }, caller, res }) => {
  requireAuditView(of, caller);
  await ctx.database.asUser(caller, (tx) => writeAudit(tx, { act: 'audit.exported', subject: of }));
  await sendDownload(res, ctx.log, {
    filename: `sambandh-audit.${format}`,
    contentType: FORMATS[format].contentType,
    parts: pagesOf(ctx, caller, of, format),
  });
});

async function* pagesOf(
  { database }: ApiContext,
  caller: Caller,
  of: AuditView,
  format: keyof typeof FORMATS,
): AsyncGenerator<string> {
  const { head, line } = FORMATS[format];
  yield head;
  let before: AuditPosition | undefined;
  do {
    const position = before;
    const rows = await database.asUser(caller, (tx) =>
      listAudit(tx, { of, limit: PAGE, before: position }),
    );
    yield rows.map((row) => line(auditView(row))).join('');
    before = rows.length === PAGE ? rows.at(-1) : undefined;
  } while (before);
}
