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
  const { notifications, unreadable } = readNotifications(JSON.stringify({ value }));
  expect(notifications.map(({ event }) => event)).toEqual([
    'changed',
    'changed',
    'missed',
    'removed',
    'reauthorize',
  ]);
  expect(unreadable).toBe(0);
});

it('says equal things once, and counts what it cannot read', () => {
  const value = [
    item,
    item,
    null,
    7,
    { ...item, clientState: null },
    { ...item, lifecycleEvent: 'x' },
  ];
  expect(readNotifications({ value })).toEqual({
    notifications: [{ ...item, event: 'changed' }],
    unreadable: 4,
  });
});

it('B9 takes the organisation where a lifecycle notification names no tenant, and neither as none', () => {
  const { tenantId: organizationId, ...bare } = { ...item, lifecycleEvent: 'missed' };
  const { notifications } = readNotifications({ value: [{ ...bare, organizationId }, bare] });
  expect(notifications.map(({ tenantId }) => tenantId)).toEqual(['t', '']);
});

it('takes so many notifications of a delivery, and counts the others', () => {
  const value = Array.from({ length: 10_000 }, (_, i) => ({ ...item, subscriptionId: `s${i}` }));
  const { notifications, unreadable } = readNotifications({ value });
  expect([notifications.length, unreadable]).toEqual([500, 9_500]);
});

it.each([[''], ['{"value":'], ['[]'], [{ value: 'x' }], [null], [undefined]])(
  'nothing in %j',
  (body) => expect(readNotifications(body)).toEqual({ notifications: [], unreadable: 1 }),
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
