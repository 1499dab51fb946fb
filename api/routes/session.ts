import express from 'express';
import { z } from 'zod';
import type { Session } from '../../db/session-store.ts';
import { bearerToken } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { refuseForeignSignIn } from '../own-page.ts';
import { Problem, type ProblemCode } from '../problem.ts';
import { limitRefusals } from '../rate-limit.ts';
import { resolveReturnTo } from '../return-to.ts';
import { defineRoute, noBody } from '../route.ts';
import { endSession, openSession, readSessionOf } from '../session.ts';
import { parse, plainText } from '../validate.ts';
import { iso, timeSchema } from '../views/time.ts';
import { windowDays } from '../window-days.ts';

export const sessionSchema = z
  .object({
    orgId: z.string(),
    userId: z.string(),
    roles: z.array(z.string()).describe('Of the token, at the sign-in.'),
    expiresAt: timeSchema,
    windowDays: z
      .int()
      .describe('How many days of email a connect of this installation brings in.'),
  })
  .meta({ id: 'Session' });

const PROBLEMS: readonly ProblemCode[] = [
  'unauthenticated',
  'cross-site-request',
  'rate-limited',
  'temporarily-unavailable',
];

/** Guesses at tokens and sessions; a page whose user is not signed in asks, too. */
const limit = limitRefusals(100);

export const postSession = defineRoute({
  method: 'post',
  path: '/session',
  name: 'openSession',
  tag: 'Session',
  summary: 'Exchange the CRM’s token for the cookie of a page of this server',
  description:
    'Authorization: Bearer with the token. The cookie is HttpOnly and SameSite=Strict, lasts eight hours, and stands for a bearer token.',
  before: [limit],
  responses: { 201: sessionSchema },
  problems: PROBLEMS,
}).handle((ctx) => async ({ req, res }) => {
  refuseForeignSignIn(req, originsOf(ctx));
  const token = bearerToken(req.headers.authorization);
  if (!token) throw new Problem('unauthenticated', 'The request carries no token.');
  const session = await openSession(ctx, res, await ctx.authenticate(token));
  return { status: 201, headers: { 'Cache-Control': 'no-store' }, body: sessionView(ctx, session) };
});

const formSchema = z.strictObject({
  token: z.string().max(8_192),
  returnTo: plainText(2_000).default('/'),
});

export const postSessionForm = defineRoute({
  method: 'post',
  path: '/session/form',
  name: 'openSessionByForm',
  tag: 'Session',
  summary: 'The same, by a form that a page of the CRM posts',
  description:
    'Form fields: token, and returnTo, a path of this server (default /). The page’s origin must be in RETURN_TO_ORIGINS, and not be hidden by a referrer policy.',
  before: [limit],
  readBody: express.urlencoded({ extended: false, limit: '16kb' }),
  responses: { 303: noBody('Signed in: to returnTo, with the cookie.') },
  problems: [...PROBLEMS, 'invalid-request', 'body-too-large', 'return-to-refused'],
}).handle((ctx) => async ({ req, res }) => {
  if (req.headers.origin === undefined) {
    throw new Problem('cross-site-request', 'The form does not say which page sent it.');
  }
  refuseForeignSignIn(req, originsOf(ctx));
  const { token, returnTo } = parse(formSchema, req.body);
  const destination = resolveReturnTo(returnTo, ctx.settings.publicUrl, []);
  await openSession(ctx, res, await ctx.authenticate(token));
  return { status: 303, headers: { 'Cache-Control': 'no-store', Location: destination } };
});

export const getSession = defineRoute({
  method: 'get',
  path: '/session',
  name: 'getSession',
  tag: 'Session',
  summary: 'Who is signed in',
  before: [limit],
  responses: { 200: sessionSchema },
  problems: PROBLEMS,
}).handle((ctx) => async ({ req }) => {
  const session = await readSessionOf(ctx, req);
  if (!session) throw new Problem('unauthenticated', 'There is no open session.');
  return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: sessionView(ctx, session) };
});

export const deleteSession = defineRoute({
  method: 'delete',
  path: '/session',
  name: 'closeSession',
  tag: 'Session',
  summary: 'Sign out; without a session it answers the same',
  before: [limit],
  responses: { 204: noBody('Signed out.') },
  problems: PROBLEMS,
}).handle((ctx) => async ({ req, res }) => {
  await endSession(ctx, req, res);
  return { status: 204 };
});

function sessionView(
  ctx: ApiContext,
  { orgId, userId, roles, expiresAt }: Omit<Session, 'sessionHash'>,
): z.output<typeof sessionSchema> {
  const who = { orgId, userId, roles: [...roles], expiresAt: iso(expiresAt) };
  return { ...who, windowDays: windowDays(ctx) };
}

function originsOf({ settings }: ApiContext): string[] {
  return [new URL(settings.publicUrl).origin, ...settings.returnToOrigins];
}
