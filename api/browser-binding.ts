import { createHash, randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { readCookie, setCookie } from './cookies.ts';

/**
 * Ties an authorization to the browser it began in. Without it somebody could begin a connection,
 * send the consent link to another person, and have that person's mailbox connected to their own
 * account (OAuth fixation).
 */
const NAME = 'sambandh-oauth';
export const OAUTH_LIFETIME_MS = 15 * 60_000;

/** @returns the value, kept when the browser has one, so that two flows in two tabs both end well */
export function bindBrowser(
  req: Request,
  res: Response,
  publicUrl: string,
  lifetimeMs: number = OAUTH_LIFETIME_MS,
): string {
  const value = readBinding(req, publicUrl) ?? randomBytes(32).toString('base64url');
  // Lax, as the browser comes back from the provider's site.
  setCookie(res, publicUrl, { name: NAME, value, sameSite: 'lax', maxAgeMs: lifetimeMs });
  return value;
}

export function readBinding(req: Request, publicUrl: string): string | null {
  return readCookie(req, publicUrl, NAME);
}

/** State, binding and session are 256 random bits: a plain hash is enough to store them by. */
export function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
