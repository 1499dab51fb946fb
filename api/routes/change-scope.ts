import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import type { Tx } from '../../db/database.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { changeScope as change, saveOwnProfile } from '../../db/inbox-store.ts';
import { insertCursor } from '../../db/sync-store.ts';
import { type ChosenScope, isChosen, placeOf } from '../../domain/scope.ts';
import type { MailProvider, SyncCursor } from '../../providers/mail-provider.ts';
import { readDataKey } from '../../vault/data-keys.ts';
import { openProfile, sealCursor, sealProfile } from '../../vault/inbox-seals.ts';
import { askProvider } from '../ask-provider.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf, ownInbox, PROVIDER_PROBLEMS, requireConnected } from '../inbox-access.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { scopeFor, scopeSchema } from '../scope-input.ts';
import { untilClosed } from '../until-closed.ts';
import { idParams } from '../validate.ts';
import { inboxSchema, inboxView } from '../views/inbox-view.ts';

export const changedScopeSchema = inboxSchema.extend({
  backfill: z
    .int()
    .nullable()
    .describe('The backfill that goes through the window; null: the scope was this one already.'),
});

export const changeScope = defineRoute({
  method: 'put',
  path: '/api/v1/inboxes/{id}/scope',
  name: 'changeScope',
  tag: 'Inboxes',
  summary: 'Change what is synced from now on',
  description:
    'The window is gone through again; what is on a timeline already stays there (P6). Of an inbox that is unchosen, reading begins with it, as after a connect. The inbox must be connected.',
  params: idParams,
  body: scopeSchema,
  responses: {
    200: changedScopeSchema,
  },
  problems: ['not-found', 'unknown-label', ...PROVIDER_PROBLEMS],
}).handle((ctx) => async ({ params: { id }, body: wanted, caller, res }) => {
  const inbox = await ctx.database.asUser(caller, (tx) => ownInbox(tx, id));
  requireConnected(inbox);
  const scope = scopeFor(inbox.provider, wanted);
  const asked = await ask(ctx, inbox, scope, untilClosed(res));
  const { view, n, command } = await ctx.database.asUser(caller, async (tx) => {
    const { n, commandId, begins } = await change(tx, { inboxId: id, epoch: inbox.epoch }, scope);
    if (n !== null) {
      await save(ctx, tx, id, asked, begins);
      await writeAudit(tx, { act: 'inbox.scope_changed', inboxId: id, subject: scope.kind });
    }
    const after = await ownInbox(tx, id);
    return {
      view: inboxView(after, await openProfileOf(tx, ctx.keyRing, after)),
      n,
      command:
        commandId && ({ id: commandId, inboxId: id, kind: 'wake', epoch: after.epoch } as const),
    };
  });
  if (command) ctx.dispatcher.dispatch([command]);
  return { status: 200, body: { ...view, backfill: n } };
});

interface Asked {
  scopeName: string | null;
  /** Where sync begins with this choice; null where it goes on. */
  start: { cursor: SyncCursor; takenAt: number } | null;
}

/** @throws Problem `unknown-label` */
async function ask(
  ctx: ApiContext,
  { id: inboxId, epoch, scope: before }: InboxRow,
  scope: ChosenScope,
  signal: AbortSignal,
): Promise<Asked> {
  if (isChosen(before) && placeOf(scope) === null) return { scopeName: null, start: null };
  return await askProvider(ctx, { inboxId, epoch }, signal, async (mailbox) => {
    const scopeName = await nameOf(mailbox, scope);
    if (isChosen(before)) return { scopeName, start: null };
    const takenAt = ctx.now();
    const { cursor } = await mailbox.profile();
    return { scopeName, start: { cursor, takenAt } };
  });
}

/** @throws Problem `unknown-label` */
async function nameOf(mailbox: MailProvider, scope: ChosenScope): Promise<string | null> {
  const wanted = placeOf(scope);
  if (wanted === null) return null;
  const choice = (await mailbox.listScopeChoices()).find(({ id }) => id === wanted);
  if (choice) return choice.name;
  throw new Problem('unknown-label', 'The scope was not changed.', {
    errors: [{ field: `${scope.kind}Id`, message: `not a ${scope.kind} of this mailbox` }],
  });
}

/** Within the transaction that holds the inbox, so that no other profile is overwritten. */
async function save(
  ctx: ApiContext,
  tx: Tx,
  id: string,
  { scopeName, start }: Asked,
  begins: boolean,
): Promise<void> {
  const inbox = await ownInbox(tx, id);
  if (!inbox.profileCt) return;
  const key = await readDataKey(tx, ctx.keyRing, inbox);
  if (begins && start) {
    const cursorCt = sealCursor(key, inbox, start.cursor);
    await insertCursor(tx, id, { cursorCt, syncedAt: start.takenAt });
  }
  const profile = openProfile(key, inbox, inbox.profileCt);
  await saveOwnProfile(tx, id, sealProfile(key, inbox, { ...profile, scopeName }));
}
