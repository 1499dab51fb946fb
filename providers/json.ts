/** An object to read properties from, whatever came. */
export const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The string, or '' for anything else. */
export const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The array, or an empty one for anything else. */
export const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
