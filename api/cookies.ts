import type { CookieOptions, Request, Response } from 'express';

/** 256 random bits in base64url: every cookie of ours. */
const VALUE = /^[A-Za-z0-9_-]{43}$/;

export function readCookie(req: Request, publicUrl: string, name: string): string | null {
  const wanted = fullName(publicUrl, name);
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=');
    if (key === wanted && value && VALUE.test(value)) return value;
  }
  return null;
}

interface Cookie {
  name: string;
  value: string;
  sameSite: 'lax' | 'strict';
  maxAgeMs: number;
}

/** Never readable by scripts, and over https never sent in clear. */
export function setCookie(
  res: Response,
  publicUrl: string,
  { name, value, sameSite, maxAgeMs }: Cookie,
): void {
  const options: CookieOptions = { sameSite, maxAge: maxAgeMs };
  res.cookie(fullName(publicUrl, name), value, { ...options, ...common(publicUrl) });
}

export function clearCookie(res: Response, publicUrl: string, name: string): void {
  res.clearCookie(fullName(publicUrl, name), common(publicUrl));
}

function common(publicUrl: string): CookieOptions {
  return { httpOnly: true, secure: isSecure(publicUrl), path: '/' };
}

/** `__Host-` keeps sibling domains from planting the cookie; browsers take it over https only. */
function fullName(publicUrl: string, name: string): string {
  return isSecure(publicUrl) ? `__Host-${name}` : name;
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
