import type { BodyType } from '../message/body.ts';

/** The wishes of a `Prefer` header that Graph knows. */
export interface Preferences {
  immutableIds: boolean;
  bodyType: BodyType | null;
  maxPageSize: number | null;
  /** What the answer says was done, in the order asked. */
  applied: string[];
}

export const readPreferences = (header: string | undefined): Preferences => {
  const wishes: Preferences = {
    immutableIds: false,
    bodyType: null,
    maxPageSize: null,
    applied: [],
  };
  for (const part of (header ?? '').split(/[,;](?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [name = '', value = ''] = part.trim().split(/\s*=\s*/);
    const text = value.replace(/^"|"$/g, '');
    const lower = text.toLowerCase();
    if (/^idtype$/i.test(name) && lower === 'immutableid') {
      wishes.immutableIds = true;
      wishes.applied.push('IdType="ImmutableId"');
    } else if (/^outlook\.body-content-type$/i.test(name) && /^(text|html)$/.test(lower)) {
      wishes.bodyType = lower as BodyType;
      wishes.applied.push(`outlook.body-content-type="${lower}"`);
    } else if (/^odata\.maxpagesize$/i.test(name) && Number(text) > 0) {
      wishes.maxPageSize = Number(text);
      wishes.applied.push(`odata.maxpagesize=${Number(text)}`);
    } else if (/^odata\.track-changes$/i.test(name)) {
      wishes.applied.push('odata.track-changes');
    }
  }
  return wishes;
};
