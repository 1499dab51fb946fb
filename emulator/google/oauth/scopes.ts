const BASE = 'https://www.googleapis.com/auth/';

export const SCOPE = {
  full: 'https://mail.google.com/',
  modify: `${BASE}gmail.modify`,
  readonly: `${BASE}gmail.readonly`,
  metadata: `${BASE}gmail.metadata`,
  labels: `${BASE}gmail.labels`,
  compose: `${BASE}gmail.compose`,
  send: `${BASE}gmail.send`,
  settingsBasic: `${BASE}gmail.settings.basic`,
} as const;

/** Short identity scopes are handed back in their long form, as Google does. */
const LONG_FORM: Record<string, string> = {
  email: `${BASE}userinfo.email`,
  profile: `${BASE}userinfo.profile`,
};

const IDENTITY = new Set(['openid', `${BASE}userinfo.email`, `${BASE}userinfo.profile`]);

export const normaliseScopes = (text: string): string[] => [
  ...new Set(
    text
      .split(/\s+/)
      .filter(Boolean)
      .map((scope) => LONG_FORM[scope] ?? scope),
  ),
];

export const isKnownScope = (scope: string): boolean =>
  IDENTITY.has(scope) || (Object.values(SCOPE) as string[]).includes(scope);

/** Identity scopes are granted with the sign-in; only the rest can be unticked. */
export const isIdentity = (scope: string): boolean => IDENTITY.has(scope);

export const isGmail = (scope: string): boolean => !IDENTITY.has(scope);

/** What the consent page says about a scope. */
export const SCOPE_TEXT: Record<string, string> = {
  [SCOPE.full]: 'Read, compose, send and permanently delete all your email from Gmail.',
  [SCOPE.modify]: 'Read, compose and send emails from your Gmail account.',
  [SCOPE.readonly]: 'View your email messages and settings.',
  [SCOPE.metadata]:
    'View your email message metadata such as labels and headers, but not the body.',
  [SCOPE.labels]: 'See and edit your email labels.',
  [SCOPE.compose]: 'Manage drafts and send emails.',
  [SCOPE.send]: 'Send email on your behalf.',
  [SCOPE.settingsBasic]: 'See, edit, create or change your email settings and filters in Gmail.',
};
