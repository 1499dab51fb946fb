import type { GraphCall, GraphMethod } from '../call.ts';
import { graphIdOf } from '../entra/directory.ts';
import { readSelect } from '../query/params.ts';
import { selectFolder as selectProperties } from './folder-entity.ts';

const DEFAULTS: readonly string[] = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
];

const profile = ({ account }: GraphCall): Record<string, unknown> => {
  const { person } = account;
  const [givenName, ...rest] = person.displayName.split(' ');
  const personal = person.kind === 'personal';
  return {
    id: graphIdOf(person),
    businessPhones: [],
    displayName: person.displayName,
    givenName: givenName ?? null,
    jobTitle: null,
    mail: person.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.join(' ') || null,
    userPrincipalName: person.userPrincipalName,
    otherMails: personal ? person.aliases : [],
    // The main address has SMTP in capitals; personal accounts have none of it.
    proxyAddresses: personal
      ? []
      : [`SMTP:${person.mail}`, ...person.aliases.map((alias) => `smtp:${alias}`)],
    accountEnabled: true,
    userType: personal ? null : 'Member',
  };
};

export const meMethods: readonly GraphMethod[] = [
  {
    name: 'graph.me.get',
    httpMethod: 'GET',
    path: 'me',
    permissions: ['User.Read'],
    mail: false,
    handle: (call) => {
      const select = readSelect(call.query, (name) => name, 'user');
      const shown = selectProperties(profile(call), select ?? DEFAULTS);
      const context = `${call.context.linkBase}/v1.0/$metadata#users/$entity`;
      return { json: { '@odata.context': context, ...shown } };
    },
  },
];
