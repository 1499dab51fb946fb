import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { writeAudit } from '../db/audit-store.ts';
import { closeSession, putSession, readSession, type Session } from '../db/session-store.ts';
import type { Caller } from './auth.ts';
import { hashOf } from './browser-binding.ts';
import type { ApiContext } from './context.ts';
import { clearCookie, readCookie, setCookie } from './cookies.ts';
import { refuseOtherPages } from './own-page.ts';

/**
 * The page's session: a random cookie that no script can read and no other site can make a browser
 * send, stored by its hash, for eight hours.
 */
const NAME = 'sambandh-session';
const LIFETIME_MS = 8 * 3_600_000;

/** Always a new one: a session somebody planted beforehand is worth nothing. */
export async function openSession(ctx: ApiContext, res: Response, caller: Caller) {
  const value = randomBytes(32).toString('base64url');
  const { orgId, userId, roles } = caller;
  const expiresAt = ctx.now() + LIFETIME_MS;
  await ctx.database.asUser(caller, async (tx) => {
    await putSession(tx, { sessionHash: hashOf(value), orgId, userId, roles, expiresAt });
    await writeAudit(tx, { act: 'session.opened' });
  });
  const { publicUrl } = ctx.settings;
  setCookie(res, publicUrl, { name: NAME, value, sameSite: 'strict', maxAgeMs: LIFETIME_MS });
  return { orgId, userId, roles, expiresAt };
}

/**
 * @returns null without a session that is open
 * @throws Problem `cross-site-request` when another page may have made the browser send it
 */
export async function readSessionOf(ctx: ApiContext, req: Request): Promise<Session | null> {
  const value = readCookie(req, ctx.settings.publicUrl, NAME);
  if (!value) return null;
  refuseOtherPages(req, ctx.settings.publicUrl);
  return ctx.database.asNobody((tx) => readSession(tx, hashOf(value)));
}

/** What a session says of its caller: no email, so notifications go to the connected mailbox. */
export async function sessionCaller(ctx: ApiContext, req: Request): Promise<Caller | null> {
  const session = await readSessionOf(ctx, req);
  if (!session) return null;
  const { orgId, userId, roles } = session;
  return { orgId, userId, roles, email: null };
}

export async function endSession(ctx: ApiContext, req: Request, res: Response): Promise<void> {
  const session = await readSessionOf(ctx, req);
  if (session) {
    await ctx.database.asUser(session, async (tx) => {
      await closeSession(tx, session.sessionHash);
      await writeAudit(tx, { act: 'session.closed' });
    });
  }
  clearCookie(res, ctx.settings.publicUrl, NAME);
}
