import type { Tx } from '../../db/database.ts';
import { holdPending } from '../../db/flow-store.ts';
import { type PendingConnection, pendingConnectionOf } from '../../db/pending-connection-store.ts';
import type { PendingSecret } from '../../vault/pending-seals.ts';
import { OUTCOMES } from '../../web/outcomes.ts';
import { bindBrowser, hashOf, readBinding } from '../browser-binding.ts';
import { ADMIN_PATIENCE_MS, adminLink, pendingSecret } from '../connect/await-admin.ts';
import { beginFlow } from '../connect/begin.ts';
import type { ApiContext } from '../context.ts';
import { escapeHtml, sendPage } from '../page.ts';
import { notFound } from '../problem.ts';
import { limitAddress } from '../rate-limit.ts';
import { withOutcome } from '../return-to.ts';
import { defineRoute, noBody, page } from '../route.ts';
import { idParams } from '../validate.ts';

/** The page asks again by itself. */
const AGAIN_AFTER_S = 15;
const LOOKS_PER_MINUTE = 60;

/**
 * Left open, the page goes on to the provider as soon as the administrator has agreed; `?go=on` does
 * so at once, for consent given in the provider's portal, of which nobody tells us.
 */
export const waitingPage = defineRoute({
  method: 'get',
  path: '/oauth/waiting/{id}',
  name: 'waitingPage',
  tag: 'Callbacks',
  summary: 'A connection waits for an administrator’s consent',
  description: `Only in the browser that began it. Asks again every ${AGAIN_AFTER_S} seconds by itself; with go=on it goes on at once.`,
  params: idParams,
  before: [limitAddress(LOOKS_PER_MINUTE)],
  responses: {
    200: page('The link for the administrator.'),
    303: noBody('The administrator has agreed: to the provider, and on from there.'),
  },
  problems: ['not-found', 'rate-limited', 'temporarily-unavailable', 'outlook-not-configured'],
}).handle((ctx) => async ({ params: { id }, req, res }) => {
  const { publicUrl } = ctx.settings;
  const binding = readBinding(req, publicUrl);
  const pending = binding
    ? await ctx.database.asNobody((tx) => pendingConnectionOf(tx, id, hashOf(binding)))
    : null;
  const secret = pending && pendingSecret(ctx, pending);
  if (!pending || !secret) throw notFound('waiting connection');
  // The cookie has to live as long as the wait.
  bindBrowser(req, res, publicUrl, ADMIN_PATIENCE_MS);
  res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
  if (pending.consentedAt !== null || req.query.go === 'on') {
    const { notifyAddress, loginHint, scopeNamed = false } = secret;
    const still = async (tx: Tx): Promise<void> => {
      if (!(await holdPending(tx, id))) throw notFound('waiting connection');
    };
    const { url } = await beginFlow(ctx, {
      ...pending,
      ...{ notifyAddress, loginHint, scopeNamed, still },
    });
    res.redirect(303, url);
    return;
  }
  res.set('Refresh', String(AGAIN_AFTER_S));
  sendPage(res, { title: OUTCOMES.admin_consent_needed.title, body: bodyOf(ctx, pending, secret) });
});

function bodyOf(ctx: ApiContext, pending: PendingConnection, secret: PendingSecret): string {
  const { title, words } = OUTCOMES.admin_consent_needed;
  const link = escapeHtml(adminLink(ctx, pending, secret));
  const back = pending.returnTo
    ? withOutcome(pending.returnTo, { outcome: 'admin_consent_needed' })
    : null;
  return `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(words)}</p>
<h2>Ask your administrator</h2>
<p>If Microsoft asked for them, send them this link. It asks for reading mail, for the whole organisation, and works for 30 days:</p>
<p><a href="${link}">${link}</a></p>
<h2>Then it goes on</h2>
<p>Leave this page open: within ${AGAIN_AFTER_S} seconds of their consent it connects your inbox by itself. If you close it, press Connect again later, and it connects without any further question.</p>
<p>They have agreed in their own portal? <a href="?go=on">Connect now</a>.${back ? ` Or go <a href="${escapeHtml(back)}">back</a>.` : ''}</p>`;
}
