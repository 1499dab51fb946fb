import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type InboxEvent, type InboxState, transition } from '../../../domain/inbox-transitions.ts';

const EVENTS: InboxEvent[] = [
  'connect',
  'loseAccess',
  'disconnect',
  'deleteHistory',
  'historyDeleted',
];

/** `status epoch` after the event at epoch 5, `=` when nothing changed, or the refusal. */
const outcome = (state: InboxState, event: InboxEvent) => {
  const result = transition(state, event);
  if (!result.allowed) return result.refusal;
  return `${result.changed ? '' : '= '}${result.next.status} ${result.next.epoch}`;
};

describe('inbox states (I4, B7, B8, P9, P10)', () => {
  test.each([
    [
      'connected',
      ['connected 6', 'needs_reconnect 5', 'disconnected 6', 'deleting 6', 'not_deleting'],
    ],
    [
      'needs_reconnect',
      ['connected 6', '= needs_reconnect 5', 'disconnected 6', 'deleting 6', 'not_deleting'],
    ],
    [
      'disconnected',
      ['connected 6', 'not_connected', '= disconnected 5', 'deleting 6', 'not_deleting'],
    ],
    ['deleting', ['deleting', 'not_connected', '= deleting 5', '= deleting 5', 'disconnected 5']],
  ] as const)('from %s', (status, expected) => {
    expect(EVENTS.map((event) => outcome({ status, epoch: 5 }, event))).toEqual(expected);
  });
});

describe('inbox states, for any sequence of events', () => {
  const run = (
    events: InboxEvent[],
    visit: (before: InboxState, event: InboxEvent, next: InboxState) => void,
  ) => {
    let state: InboxState = { status: 'disconnected', epoch: 0 };
    for (const event of events) {
      const result = transition(state, event);
      const next: InboxState = result.allowed ? result.next : state;
      visit(state, event, next);
      state = next;
    }
  };
  const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });

  it('the epoch never falls, and rises whenever sync starts or stops for good (I4)', () => {
    fc.assert(
      fc.property(events, (list) => {
        run(list, (before, event, next) => {
          expect(next.epoch).toBeGreaterThanOrEqual(before.epoch);
          const active = (state: InboxState) =>
            state.status === 'connected' || state.status === 'needs_reconnect';
          const turned =
            active(before) !== active(next) ||
            (next.status === 'deleting' && before.status !== 'deleting');
          const cameBack = before.status === 'needs_reconnect' && next.status === 'connected';
          if (turned || cameBack) expect(next.epoch, event).toBe(before.epoch + 1);
        });
      }),
    );
  });

  it('nothing but historyDeleted leads out of deleting (P10)', () => {
    fc.assert(
      fc.property(events, (list) => {
        run(list, (before, event, next) => {
          if (before.status === 'deleting' && next.status !== 'deleting') {
            expect(event).toBe('historyDeleted');
            expect(next.status).toBe('disconnected');
          }
        });
      }),
    );
  });

  it('asking again for what is so already changes nothing', () => {
    fc.assert(
      fc.property(
        events,
        fc.constantFrom<InboxEvent>('disconnect', 'deleteHistory', 'loseAccess'),
        (list, event) => {
          let last: InboxState = { status: 'disconnected', epoch: 0 };
          run([...list, event], (_before, _event, next) => {
            last = next;
          });
          const again = transition(last, event);
          if (again.allowed) expect(again).toEqual({ allowed: true, next: last, changed: false });
        },
      ),
    );
  });
});
