import type { Request } from 'express';
import { Problem } from './problem.ts';

/** A page of another origin cannot send this without asking first, and it is never allowed to. */
const HEADER = 'x-sambandh-page';
const SAFE = new Set(['GET', 'HEAD']);

/**
 * For requests that a cookie speaks for, which a browser also adds to what other pages send.
 * SameSite=Strict stops other sites; this stops sibling domains, and browsers that do not know it.
 * @throws Problem `cross-site-request`
 */
export function refuseOtherPages(req: Request, publicUrl: string): void {
  const { origin, 'sec-fetch-site': site } = req.headers;
  const fromElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (fromElsewhere || (!SAFE.has(req.method) && !isOwn(req, origin, publicUrl))) {
    throw new Problem('cross-site-request', 'It does not come from a page of this server.');
  }
}

function isOwn(req: Request, origin: string | undefined, publicUrl: string): boolean {
  if (origin !== undefined) return origin === new URL(publicUrl).origin;
  return req.headers[HEADER] !== undefined;
}

/**
 * For signing in: a page that could sign a browser in as somebody else would have the next mailbox
 * connected to that account.
 * @throws Problem `cross-site-request`
 */
export function refuseForeignSignIn(req: Request, allowedOrigins: readonly string[]): void {
  const { origin } = req.headers;
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    throw new Problem('cross-site-request', 'This origin may not open sessions here.');
  }
}
