import { describeError } from '../../config/describe-error.ts';
import { ContentFreeError } from '../../domain/errors.ts';

/** `hint`: it works without, but something is lost. */
export interface Finding {
  level: 'ok' | 'hint' | 'bad';
  /** What is so, and what to do about it. */
  text: string;
}

export const ok = (text: string): Finding => ({ level: 'ok', text });
export const hint = (text: string): Finding => ({ level: 'hint', text });
export const bad = (text: string): Finding => ({ level: 'bad', text });

/** What may be shown of an error: our own sentences, or its name and code. */
export function reasonOf(error: unknown): string {
  if (error instanceof ContentFreeError) return error.message;
  const { name, code, cause } = describeError(error);
  return [name, code ?? cause?.code].filter(Boolean).join(' ');
}

/** A server on this machine stands in for the provider: what the internet demands does not apply. */
export const isHere = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
