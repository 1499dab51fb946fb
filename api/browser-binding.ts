import { createHash, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';

/**
 * Ties an authorization to the browser it began in. Without it somebody could begin a connection,
 * send the consent link to another person, and have that person's mailbox connected to their own
 * account (OAuth fixation).
 */
const VALUE = /^[A-Za-z0-9_-]{43}$/;
export const OAUTH_LIFETIME_MS = 15 * 60_000;

/** `__Host-` keeps sibling domains from planting the cookie; browsers take it over https only. */
function cookieName(publicUrl: string): string {
  return isSecure(publicUrl) ? '__Host-sambandh-oauth' : 'sambandh-oauth';
}

/** @returns the value, kept when the browser has one, so that two flows in two tabs both end well */
export function bindBrowser(
  req: Request,
  res: Response,
  publicUrl: string,
  lifetimeMs: number = OAUTH_LIFETIME_MS,
): string {
  const value = readBinding(req, publicUrl) ?? randomBytes(32).toString('base64url');
  res.cookie(cookieName(publicUrl), value, {
    httpOnly: true,
    secure: isSecure(publicUrl),
    sameSite: 'lax',
    path: '/',
    maxAge: lifetimeMs,
  });
  return value;
}

export function readBinding(req: Request, publicUrl: string): string | null {
  const name = cookieName(publicUrl);
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=');
    if (key === name && value && VALUE.test(value)) return value;
  }
  return null;
}

/** State and binding are 256 random bits: a plain hash is enough to store them by. */
export function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
