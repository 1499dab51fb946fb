import { Problem } from './problem.ts';

const MAX_CHARS = 2_000;

/**
 * Where a browser is sent after consent: a path of ours, or an origin the operator has allowed.
 * An open redirect here would lend our name to anybody's page, with an inbox id in its address.
 * @returns the absolute address, normalised
 * @throws Problem `return-to-refused`
 */
export function resolveReturnTo(
  given: string,
  publicUrl: string,
  allowedOrigins: readonly string[],
): string {
  const url = given.length <= MAX_CHARS && isPlain(given) ? parse(given, publicUrl) : null;
  const allowed = [new URL(publicUrl).origin, ...allowedOrigins];
  if (!url || url.username || url.password || !allowed.includes(url.origin)) {
    throw new Problem(
      'return-to-refused',
      'returnTo is neither a path of this server nor allowed.',
      {
        errors: [{ field: 'returnTo', message: 'not an allowed address' }],
      },
    );
  }
  return url.href;
}

/** Browsers read `\` as `/` and drop tabs and line feeds, so `/\evil.example` is not a path. */
function isPlain(text: string): boolean {
  return /^[\x21-\x5b\x5d-\x7e]+$/.test(text);
}

/** Only `https:` and `http:` have an origin; all others say `null` and match nothing. */
function parse(given: string, publicUrl: string): URL | null {
  const path = given.startsWith('/') && !given.startsWith('//');
  const absolute = /^https?:\/\//i.test(given);
  if (!path && !absolute) return null;
  return URL.parse(given, publicUrl);
}

/** The return address with the outcome on it; whatever it said of these before is overwritten. */
export function withOutcome(returnTo: string, outcome: Record<string, string>): string {
  const url = new URL(returnTo);
  for (const name of ['inbox', 'outcome']) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
