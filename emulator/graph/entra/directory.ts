import { createHash } from 'node:crypto';

/** The tenant of all personal accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** A Microsoft account, work or personal, as the directory knows it. */
export interface Person {
  /** Object id: stable, unlike every address. */
  oid: string;
  tenantId: string;
  kind: 'work' | 'personal';
  displayName: string;
  userPrincipalName: string;
  /** Main address of the mailbox, which need not be the user principal name. */
  mail: string;
  /** Further addresses of the mailbox. */
  aliases: string[];
  /** May consent for the whole tenant. */
  isAdmin: boolean;
}

/**
 * Whether users of a tenant may allow an app to read mail. `adminOnly` is what new tenants have
 * since the end of 2025: Mail.* needs an administrator, the rest does not.
 */
export type ConsentPolicy = 'user' | 'adminOnly';

export interface Tenant {
  id: string;
  domain: string;
  displayName: string;
  consentPolicy: ConsentPolicy;
  /** What the app is sent when a user turns back at the wall. */
  wall: { error: string; code: number };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A UUID that is the same every time. */
export const guidOf = (text: string): string => {
  const hex = hash(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Personal accounts have their old 64-bit id in a UUID of zeros. */
export const oidOf = (address: string, kind: Person['kind']): string => {
  if (kind === 'work') return guidOf(`person ${address}`);
  const cid = hash(`person ${address}`).slice(0, 16);
  return `00000000-0000-0000-${cid.slice(0, 4)}-${cid.slice(4)}`;
};

/** The id in `/me`: for personal accounts only the old id. */
export const graphIdOf = ({ kind, oid }: Person): string =>
  kind === 'work' ? oid : oid.slice(19).replace('-', '');

/** What msal builds the account from; base64url of `{uid, utid}`. */
export const clientInfoOf = ({ oid, tenantId }: Person): string =>
  Buffer.from(JSON.stringify({ uid: oid, utid: tenantId })).toString('base64url');
