import { z } from 'zod';
import { EVENT_TYPES } from '../domain/event.ts';
import { assertPublicHost, PrivateAddressError } from '../webhooks/public-address.ts';
import { Problem } from './problem.ts';
import { plainText } from './validate.ts';

export const endpointUrl = plainText(2_000).describe('Where events are posted; https.');

export const eventTypes = z
  .array(z.enum(EVENT_TYPES))
  .min(1)
  .max(EVENT_TYPES.length)
  .transform((types) => [...new Set(types)]);

/**
 * Names are looked up at each delivery, when what they lead to is judged; here only what can be
 * seen in the text is.
 * @throws Problem `unusable-url`
 */
export function checkEndpointUrl(text: string, { allowPrivate }: { allowPrivate: boolean }): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw unusable('It is not an https address.');
  if (url.username || url.password) throw unusable('It carries a user name or a password.');
  if (allowPrivate) return url;
  if (url.protocol !== 'https:') throw unusable('Events are delivered over https only.');
  if (/(^|\.)localhost\.?$/i.test(url.hostname)) throw unusable('It leads to this server itself.');
  try {
    assertPublicHost(url);
  } catch (error) {
    if (error instanceof PrivateAddressError) throw unusable('It leads into a private network.');
    throw error;
  }
  return url;
}

const unusable = (detail: string): Problem => new Problem('unusable-url', detail);
