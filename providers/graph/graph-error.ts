import { toJson } from '../http.ts';

/** The parts of Graph's error body that decisions rest on. */
export interface GraphErrorBody {
  /** `error.code`, lower case: Graph writes the same one in several ways. */
  code: string;
  /** For hints and for `scrub` only; it may quote addresses. */
  message: string;
}

/**
 * Reads `{error: {code, message, innerError}}`, from text or bytes too.
 * @returns null when the body is not Graph's: a proxy, a captive portal, a truncated answer
 */
export const readGraphError = (body: unknown): GraphErrorBody | null => {
  const error = prop(toJson(body), 'error');
  const code = prop(error, 'code');
  if (typeof code !== 'string' || code === '') return null;
  const message = prop(error, 'message');
  return { code: code.toLowerCase(), message: typeof message === 'string' ? message : '' };
};

const prop = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
