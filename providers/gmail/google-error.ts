import { toJson } from '../http.ts';

/** The parts of Google's error body that decisions rest on. */
export interface GoogleError {
  /** Canonical status such as `NOT_FOUND`; '' when absent. */
  status: string;
  /** `errors[].reason` and `details[].reason`, in that order. */
  reasons: string[];
  /** For hints and for `scrub` only; it may quote addresses. */
  message: string;
}

/**
 * Reads `{error: {code, message, status, errors, details}}`, from text or bytes too.
 * @returns null when the body is not Google's: a proxy, a captive portal, a truncated answer
 */
export const readGoogleError = (body: unknown): GoogleError | null => {
  const error = prop(toJson(body), 'error');
  if (typeof error !== 'object' || error === null) return null;
  const listed = [...items(prop(error, 'errors')), ...items(prop(error, 'details'))];
  return {
    status: text(prop(error, 'status')),
    reasons: listed.map((entry) => text(prop(entry, 'reason'))).filter((reason) => reason !== ''),
    message: text(prop(error, 'message')),
  };
};

const prop = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;

const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
