import type { RequestHandler } from 'express';
import { z } from 'zod';
import { readBinding } from '../browser-binding.ts';
import { type Finish, finishAuthorization } from '../connect/finish.ts';
import { OUTCOMES } from '../connect/outcomes.ts';
import type { ApiContext } from '../context.ts';
import { escapeHtml, sendPage } from '../page.ts';
import { withOutcome } from '../return-to.ts';

const querySchema = z.object({
  state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  code: z.string().min(1).max(2_000).nullable().catch(null),
  error: z.string().min(1).max(200).nullable().catch(null),
});

/**
 * `GET /oauth/google/callback`: the browser is back from Google. It carries no bearer token; the
 * one-time state says for whom it is, and the cookie that it is the browser that began.
 */
export function oauthCallback(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const query = querySchema.safeParse({ code: null, error: null, ...req.query });
    const finish: Finish = query.success
      ? await finishAuthorization(ctx, {
          ...query.data,
          binding: readBinding(req, ctx.settings.publicUrl),
        })
      : { outcome: 'link_expired', returnTo: '', inboxId: null };
    const { outcome, returnTo, inboxId } = finish;
    res.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer');
    if (returnTo) {
      res.redirect(303, withOutcome(returnTo, { ...(inboxId && { inbox: inboxId }), outcome }));
      return;
    }
    const { title, words } = OUTCOMES[outcome];
    sendPage(res, {
      title,
      status: outcome === 'connected' || outcome === 'reconnected' ? 200 : 400,
      body: `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(words)}</p>`,
    });
  };
}
