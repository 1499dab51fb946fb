import { badRequest, GraphError } from '../errors.ts';
import { messageProperty } from '../message/entity.ts';

const parseError = (message: string): GraphError =>
  new GraphError(400, 'RequestBroker--ParseUri', message);

/** `$select` as true property names; null when it is not given. */
export const readSelect = (
  query: URLSearchParams,
  known: (name: string) => string | null = messageProperty,
  type = 'message',
): string[] | null => {
  const text = query.get('$select');
  if (text === null || text.trim() === '') return null;
  return text.split(',').map((part) => {
    const name = part.trim();
    const property = known(name);
    if (property === null) {
      throw parseError(
        `Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`,
      );
    }
    return property;
  });
};

/** A whole number within bounds. @throws GraphError 400 */
export const readInt = (
  query: URLSearchParams,
  name: string,
  fallback: number,
  [low, high]: [number, number],
): number => {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw parseError(
      `The limit of '${high}' for Top query has been exceeded or '${text}' is no valid value for ${name}.`,
    );
  }
  return value;
};

export const readFlag = (query: URLSearchParams, name: string): boolean => {
  const text = query.get(name);
  if (text !== null && !/^(true|false)$/i.test(text)) {
    throw badRequest(`Invalid value '${text}' for ${name}.`);
  }
  return text?.toLowerCase() === 'true';
};

/** An opaque cursor: the object comes back as it went in, whatever the client does not touch. */
export const writeToken = (value: unknown, padTo = 0): string => {
  const text = JSON.stringify(value);
  const padded = text.padEnd(padTo, ' ');
  return Buffer.from(padded, 'utf8').toString('base64url');
};

/** @returns null for what was never handed out */
export const readToken = (text: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};
