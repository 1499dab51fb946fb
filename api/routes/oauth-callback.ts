import { z } from 'zod';
import type { Provider } from '../../domain/inbox.ts';
import { outcomeWords, WENT_WELL } from '../../web/outcomes.ts';
import { readBinding } from '../browser-binding.ts';
import { type Finish, finishAuthorization } from '../connect/finish.ts';
import { escapeHtml, sendPage } from '../page.ts';
import { limitAddress } from '../rate-limit.ts';
import { withOutcome } from '../return-to.ts';
import { defineRoute, noBody, page } from '../route.ts';
import { windowDays } from '../window-days.ts';

const querySchema = z.object({
  state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  code: z.string().min(1).max(4_000).nullable().catch(null),
  error: z.string().min(1).max(200).nullable().catch(null),
  error_description: z.string().max(4_000).catch(''),
});

/** A person makes one or two. */
const CALLBACKS_PER_MINUTE = 60;

/**
 * The browser carries no bearer token; the one-time state says for whom it is, and the cookie that
 * it is the browser that began.
 */
const callbackOf = (provider: Provider, at: { path: string; name: string; from: string }) =>
  defineRoute({
    method: 'get',
    path: at.path,
    name: at.name,
    tag: 'Callbacks',
    summary: `The browser is back from ${at.from}`,
    description: `Takes state, and code or error. ${CALLBACKS_PER_MINUTE} a minute and client address.`,
    before: [limitAddress(CALLBACKS_PER_MINUTE)],
    responses: {
      200: page('Connected, where no returnTo was given.'),
      303: noBody(
        'To returnTo, with outcome and, where one is known, inbox added to it; or to the page that waits for an administrator.',
      ),
      400: page('Not connected, and why, where no returnTo was given.'),
    },
    problems: ['rate-limited', 'temporarily-unavailable'],
  }).handle((ctx) => async ({ req, res }) => {
    const query = querySchema.safeParse({ code: null, error: null, ...req.query });
    const finish: Finish = query.success
      ? await finishAuthorization(ctx, {
          provider,
          state: query.data.state,
          code: query.data.code,
          error: query.data.error,
          errorDescription: query.data.error_description,
          binding: readBinding(req, ctx.settings.publicUrl),
        })
      : { outcome: 'link_expired', returnTo: '', inboxId: null };
    const { outcome, returnTo, inboxId, pendingId } = finish;
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
    if (pendingId) {
      res.redirect(303, `/oauth/waiting/${pendingId}`);
      return;
    }
    if (returnTo) {
      res.redirect(303, withOutcome(returnTo, { ...(inboxId && { inbox: inboxId }), outcome }));
      return;
    }
    const { title, words } = outcomeWords(outcome, windowDays(ctx));
    sendPage(res, {
      title,
      status: WENT_WELL.includes(outcome) ? 200 : 400,
      body: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(words)}</p>`,
    });
  });

export const googleCallback = callbackOf('gmail', {
  path: '/oauth/google/callback',
  name: 'googleCallback',
  from: 'Google',
});
export const microsoftCallback = callbackOf('outlook', {
  path: '/oauth/microsoft/callback',
  name: 'microsoftCallback',
  from: 'Microsoft',
});
