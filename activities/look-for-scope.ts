import { extendWaitingGap, openGap } from '../db/gap-store.ts';
import { readCursor } from '../db/sync-store.ts';
import { clearProblem, markProblem } from '../db/worker-inbox-store.ts';
import { type ChosenScope, isChosen, placeOf } from '../domain/scope.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { relist } from './relist-gap.ts';

/**
 * Whether the label or folder of the scope is there, by the provider's own list: Gmail goes on telling
 * of changes under a label that was deleted, and a refused listing may have any cause. Gone or back, it
 * is noted for the user.
 * @returns where there may be mail to look for; null: nowhere
 */
export async function lookForScope(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
): Promise<ChosenScope | null> {
  const { scope, problem, syncedAt } = await deps.database.asConnectedInbox(
    inbox,
    async (tx, { scope, problem }) => ({ scope, problem, ...(await readCursor(tx)) }),
  );
  if (!isChosen(scope)) return null;
  const id = placeOf(scope);
  if (id === null) return scope;
  const choices = await mailbox.listScopeChoices();
  const isThere = choices.some((choice) => choice.id === id);
  // It was there at the look before this one.
  const since = syncedAt - deps.settings.POLL_INTERVAL_WITH_PUSH_MS;
  if (!isThere) {
    await noteScopeGone(deps, inbox, since);
    return null;
  }
  if (problem === 'scope_gone') await noteScopeBack(deps, inbox);
  return scope;
}

/** Shown on the page, with a gap that waits for another scope, whose backfill closes it. */
async function noteScopeGone(deps: ActivityDeps, inbox: InboxRef, since: number): Promise<void> {
  await deps.database.asConnectedInboxExclusive(inbox, async (tx) => {
    if (!(await markProblem(tx, 'scope_gone'))) return;
    const gap = { cause: 'scope_gone', from: since, to: deps.now() } as const;
    if (!(await extendWaitingGap(tx, inbox.inboxId, gap))) await openGap(tx, gap);
  });
}

/** It can be listed after all: what was missed meanwhile is listed again. */
async function noteScopeBack(deps: ActivityDeps, inbox: InboxRef): Promise<void> {
  await deps.database.asConnectedInboxExclusive(inbox, async (tx) => {
    await clearProblem(tx);
    const now = deps.now();
    const waiting = { cause: 'scope_gone', to: now } as const;
    const gap = await extendWaitingGap(tx, inbox.inboxId, waiting);
    if (gap) await relist(tx, gap.id, { ...waiting, from: gap.from }, now);
  });
}
