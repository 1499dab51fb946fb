const GRAPH = 'https://graph.microsoft.com/';

/** Identity scopes: granted with the sign-in, never behind a wall. */
const IDENTITY: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** Graph permissions an app of ours may ask for, and what the consent page says. */
export const PERMISSION_TEXT: Readonly<Record<string, string>> = {
  'User.Read': 'View your basic profile',
  'Mail.Read': 'Read your mail',
  'Mail.ReadBasic': 'Read your basic mail, without the text',
  'Mail.ReadWrite': 'Read and write access to your mail',
  'Mail.Send': 'Send mail as you',
  'Mail.Read.Shared': 'Read mail you can access',
  'MailboxSettings.Read': 'Read your mailbox settings',
};

/** Left to administrators by the policy that Microsoft manages. */
const MAIL_PERMISSION = /^(Mail|MailboxSettings)\./;

export interface AskedScopes {
  identity: string[];
  /** Graph permissions without their prefix. */
  permissions: string[];
  /** Text as asked, by permission: some tenants get back the long form, some the short. */
  asked: Map<string, string>;
  unknown: string[];
  /** Scopes of another resource: one token cannot serve two. */
  foreign: string[];
}

const canonical = (name: string): string | undefined =>
  Object.keys(PERMISSION_TEXT).find((known) => known.toLowerCase() === name.toLowerCase());

export const readScopes = (text: string): AskedScopes => {
  const result: AskedScopes = {
    identity: [],
    permissions: [],
    asked: new Map(),
    unknown: [],
    foreign: [],
  };
  for (const scope of new Set(text.split(/\s+/).filter(Boolean))) {
    const name = scope.toLowerCase().startsWith(GRAPH) ? scope.slice(GRAPH.length) : scope;
    const known = canonical(name);
    if (IDENTITY.includes(scope)) result.identity.push(scope);
    else if (known) {
      result.permissions.push(known);
      result.asked.set(known, scope);
    } else if (name === '.default') result.asked.set('.default', scope);
    else if (/^https?:\/\//i.test(name)) result.foreign.push(scope);
    else result.unknown.push(scope);
  }
  return result;
};

export const isWalled = (permission: string): boolean => MAIL_PERMISSION.test(permission);

/** How the scope comes back: as asked, or always with the prefix. */
export const writeScopes = (
  permissions: readonly string[],
  identity: readonly string[],
  form: 'asked' | 'prefixed',
  asked: ReadonlyMap<string, string>,
): string =>
  [
    ...permissions.map((name) =>
      form === 'prefixed' ? `${GRAPH}${name}` : (asked.get(name) ?? name),
    ),
    ...identity.filter((name) => name !== 'offline_access'),
  ].join(' ');
