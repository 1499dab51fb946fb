import { z } from 'zod';
import { noteAdminConsent } from '../../db/pending-connection-store.ts';
import { hashOf } from '../browser-binding.ts';
import { escapeHtml, sendPage } from '../page.ts';
import { limitAddress } from '../rate-limit.ts';
import { defineRoute, page } from '../route.ts';

const querySchema = z.object({
  state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  admin_consent: z.string().regex(/^true$/i),
  error: z.undefined().optional(),
});

const RETURNS_PER_MINUTE = 60;

const GIVEN = {
  title: 'Thank you',
  words:
    'Your organisation has agreed. Whoever asked you goes on by themselves: the page they left open connects their inbox within a minute, and without it they press Connect once more. You can close this page.',
};
const NOT_AWAITED = {
  title: 'Your organisation has agreed',
  words:
    'Nobody waits for this link any more: it has expired, the inbox is connected already, or its user has stopped it. There is nothing left to do.',
};
const DECLINED = {
  title: 'Your organisation has not agreed',
  words: 'Nothing was changed. The link works again whenever you like, for 30 days.',
};

/**
 * What the address says is a hint and proves nothing: whoever waits signs in again, and Microsoft
 * decides then.
 */
export const adminConsent = defineRoute({
  method: 'get',
  path: '/oauth/microsoft/admin-consent',
  name: 'adminConsent',
  tag: 'Callbacks',
  summary: 'An administrator is back from Microsoft',
  description: `Takes state, and admin_consent or error. ${RETURNS_PER_MINUTE} a minute and client address.`,
  before: [limitAddress(RETURNS_PER_MINUTE)],
  responses: {
    200: page('Consent was given; who waits for it goes on.'),
    400: page('Consent was not given.'),
  },
  problems: ['rate-limited', 'temporarily-unavailable'],
}).handle((ctx) => async ({ req, res }) => {
  const { data } = querySchema.safeParse(req.query);
  const awaited =
    data !== undefined &&
    (await ctx.database.asNobody((tx) => noteAdminConsent(tx, hashOf(data.state))));
  const { title, words } = data ? (awaited ? GIVEN : NOT_AWAITED) : DECLINED;
  const body = `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(words)}</p>`;
  res.set('Referrer-Policy', 'no-referrer');
  sendPage(res, { title, status: data ? 200 : 400, body });
});
