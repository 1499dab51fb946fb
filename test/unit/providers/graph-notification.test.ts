import { expect, it } from 'vitest';
import { readNotifications } from '../../../providers/graph/notification.ts';
import { toSignInRefusal } from '../../../providers/graph/oauth-error.ts';

const item = { subscriptionId: 's', clientState: 'c', tenantId: 't' };

it('reads changes and the fates of subscriptions, several in one', () => {
  const value = [
    item,
    { ...item, subscriptionId: 'other' },
    { ...item, lifecycleEvent: 'missed' },
    { ...item, lifecycleEvent: 'subscriptionRemoved' },
    { ...item, lifecycleEvent: 'reauthorizationRequired' },
  ];
  expect(readNotifications(JSON.stringify({ value })).map(({ event }) => event)).toEqual([
    'changed',
    'changed',
    'missed',
    'removed',
    'reauthorize',
  ]);
});

it('says equal things once, and leaves out what it cannot read', () => {
  const value = [
    item,
    item,
    null,
    7,
    { ...item, clientState: null },
    { ...item, lifecycleEvent: 'x' },
  ];
  expect(readNotifications({ value })).toEqual([{ ...item, event: 'changed' }]);
});

it.each([[''], ['{"value":'], ['[]'], [{ value: 'x' }], [null], [undefined]])(
  'nothing in %j',
  (body) => expect(readNotifications(body)).toEqual([]),
);

it.each([
  ['access_denied', 'AADSTS65004: User declined to consent.', 'admin_required'],
  ['access_denied', '', 'admin_required'],
  ['access_denied', 'AADSTS90094: The grant requires admin permission.', 'admin_required'],
  ['access_denied', 'AADSTS90095: Admin consent is required.', 'admin_required'],
  ['access_denied', 'AADSTS999999: something new', 'admin_required'],
  ['consent_required', 'AADSTS65001: has not consented', 'admin_required'],
  ['invalid_request', 'AADSTS50105: not assigned to a role', 'admin_required'],
  ['interaction_required', 'AADSTS50076: use multi-factor', 'error'],
  ['server_error', 'AADSTS90033: transient', 'error'],
])('%s with "%s" is %s', (error, description, refusal) => {
  expect(toSignInRefusal(error, description)).toBe(refusal);
});
