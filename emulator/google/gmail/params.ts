import { invalidArgument } from './errors.ts';

/** @throws ApiError 400 when the value is no whole number */
export const intParam = (
  query: URLSearchParams,
  name: string,
  fallback: number,
  max: number,
): number => {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d+$/.test(text))
    throw invalidArgument(`Invalid value at '${name}' (TYPE_INT32), "${text}"`);
  // Gmail clamps a page size that is too large instead of refusing it.
  const value = Number(text);
  return value === 0 ? fallback : Math.min(value, max);
};

export const boolParam = (query: URLSearchParams, name: string): boolean =>
  query.get(name) === 'true';

/** Page tokens of about 20 digits, as seen on Gmail; the mixing only keeps clients from reading them. */
const MIX = 7_919n;
const SHIFT = 10_000_000n;

export const writePageToken = (high: number, low: number): string =>
  ((BigInt(high) * SHIFT + BigInt(low)) * MIX).toString().padStart(20, '0');

/** @throws ApiError 400 "Invalid pageToken" */
export const readPageToken = (token: string): { high: number; low: number } => {
  if (!/^\d{1,40}$/.test(token) || BigInt(token) % MIX !== 0n) {
    throw invalidArgument('Invalid pageToken');
  }
  const value = BigInt(token) / MIX;
  return { high: Number(value / SHIFT), low: Number(value % SHIFT) };
};
