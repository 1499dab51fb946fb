import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type MatchKey, matchKeyOf } from '../../../domain/address.ts';
import type { MessageHead, MessageState, Participant } from '../../../domain/message.ts';
import { judge, type Scope, type ScopeContext } from '../../../domain/scope.ts';

const WINDOW_START = Date.UTC(2026, 5, 1);

const key = (address: string): MatchKey => {
  const found = matchKeyOf(address);
  if (!found) throw new Error(`not an address: ${address}`);
  return found;
};

/** `from:ann@x.com to:me@own.example` */
const people = (line: string): Participant[] =>
  line.split(' ').map((part) => {
    const [role, address] = part.split(':') as [Participant['role'], string];
    return { role, name: '', address };
  });

const head = (line: string, change: Partial<MessageHead> = {}): MessageHead => ({
  providerMessageId: 'm1',
  providerThreadId: 't1',
  state: 'mail',
  labelIds: ['INBOX'],
  receivedAt: WINDOW_START,
  participants: people(line),
  rfcMessageId: null,
  ...change,
});

const context = (change: Partial<ScopeContext> = {}): ScopeContext => ({
  scope: { kind: 'contacts' },
  contacts: new Map([
    [key('ann@x.com'), ['c-ann']],
    [key('bob@y.com'), ['c-bob', 'c-bob-too']],
    [key('gail@gmail.com'), ['c-gail']],
  ]),
  ownAddresses: new Set([key('me@own.example'), key('sales@own.example')]),
  windowStart: WINDOW_START,
  ...change,
});

const reason = (head: MessageHead, context: ScopeContext) => {
  const judgement = judge(head, context);
  return judgement.inScope ? 'in scope' : judgement.reason;
};

describe('scope: what is skipped, and why (I3, B3)', () => {
  test.each<MessageState>(['draft', 'spam', 'trash', 'chat'])('%s says so first', (state) => {
    const elsewhere = context({ scope: { kind: 'label', labelId: 'L' }, windowStart: Infinity });
    expect(reason(head('from:ann@x.com', { state }), elsewhere)).toBe(state);
  });

  it('outside the label comes before too old, and that before no contact', () => {
    const old = head('from:stranger@z.com', { receivedAt: WINDOW_START - 1 });
    expect(reason(old, context({ scope: { kind: 'label', labelId: 'L' } }))).toBe('outside_scope');
    expect(reason(old, context())).toBe('before_window');
    expect(reason(head('from:stranger@z.com'), context())).toBe('not_contact');
  });

  it('the window holds its first millisecond', () => {
    expect(reason(head('from:ann@x.com', { receivedAt: WINDOW_START }), context())).toBe(
      'in scope',
    );
  });

  it('a label narrows contacts and does not widen them (P6)', () => {
    const scope: Scope = { kind: 'label', labelId: 'L' };
    const labelled = { labelIds: ['INBOX', 'L'] };
    expect(reason(head('from:ann@x.com', labelled), context({ scope }))).toBe('in scope');
    expect(reason(head('from:stranger@z.com', labelled), context({ scope }))).toBe('not_contact');
  });

  it('with nothing chosen yet, nothing is in scope (P6)', () => {
    const scope: Scope = { kind: 'unchosen' };
    expect(reason(head('from:ann@x.com'), context({ scope }))).toBe('outside_scope');
  });

  it('a folder holds its own mail, and that of subfolders where asked (P8)', () => {
    const within = (includeSubfolders: boolean, labelIds: string[]) =>
      reason(
        head('from:ann@x.com', { labelIds }),
        context({ scope: { kind: 'folder', folderId: 'F', includeSubfolders } }),
      );
    expect(within(false, ['F', 'root'])).toBe('in scope');
    expect(within(false, ['sub', 'F', 'root'])).toBe('outside_scope');
    expect(within(true, ['sub', 'F', 'root'])).toBe('in scope');
    expect(within(true, ['other', 'root'])).toBe('outside_scope');
    expect(within(false, [])).toBe('outside_scope');
  });
});

describe('scope: who is a contact (P1)', () => {
  test.each<[Participant['role']]>([['from'], ['sender'], ['reply-to'], ['to'], ['cc'], ['bcc']])(
    'in the role %s',
    (role) => {
      expect(judge(head(`from:z@z.com ${role}:ann@x.com`), context())).toMatchObject({
        inScope: true,
        contactIds: ['c-ann'],
      });
    },
  );

  it('each once, sorted, whoever shares an address', () => {
    const line = 'from:gail+x@googlemail.com to:bob@y.com cc:BOB@y.com cc:ann@x.com';
    expect(judge(head(line), context())).toMatchObject({
      contactIds: ['c-ann', 'c-bob', 'c-bob-too', 'c-gail'],
    });
  });

  it('behind a tag of theirs (D2.29)', () => {
    expect(judge(head('from:me@own.example to:ann+crm@x.com'), context())).toMatchObject({
      contactIds: ['c-ann'],
    });
  });

  it('but not a stranger of the helpdesk that a tagged contact writes from', () => {
    const contacts = new Map([[key('reply+7f3a@helpdesk.example'), ['c-desk']]]);
    const from = (address: string) => reason(head(`from:${address}`), context({ contacts }));
    expect(from('reply+7f3a@helpdesk.example')).toBe('in scope');
    expect(from('reply+8b2c@helpdesk.example')).toBe('not_contact');
    expect(from('reply@helpdesk.example')).toBe('not_contact');
  });

  it('never one of the user, though filed as a contact', () => {
    const contacts = new Map([[key('me@own.example'), ['c-me']]]);
    const line = 'from:z@z.com to:me@own.example cc:me+news@own.example';
    expect(reason(head(line), context({ contacts }))).toBe('not_contact');
  });

  it('nobody where no address can be read (D1.25, D2.27)', () => {
    const line = 'from:/O=EXCHANGELABS/CN=ANN to:undisclosed-recipients';
    expect(reason(head(line), context())).toBe('not_contact');
    expect(reason({ ...head(''), participants: [] }, context())).toBe('not_contact');
  });
});

describe('scope: direction', () => {
  test.each([
    ['from a contact', 'from:ann@x.com to:me@own.example', 'inbound'],
    ['from the user', 'from:me@own.example to:ann@x.com', 'outbound'],
    ['from an alias (D1.27)', 'from:sales@own.example to:ann@x.com', 'outbound'],
    ['from a tagged own address', 'from:me+out@own.example to:ann@x.com', 'outbound'],
    [
      'to oneself, a contact in Cc',
      'from:me@own.example to:me@own.example cc:ann@x.com',
      'outbound',
    ],
    ['a third party, a contact in Cc', 'from:z@z.com to:me@own.example cc:ann@x.com', 'inbound'],
    [
      'the user as delegate (D2.27)',
      'from:boss@own.example sender:me@own.example to:ann@x.com',
      'outbound',
    ],
    [
      'a delegate of the user',
      'from:me@own.example sender:pa@own.example to:ann@x.com',
      'outbound',
    ],
    [
      'a group that names itself as sender',
      'from:ann@x.com sender:sales@own.example to:sales@own.example',
      'inbound',
    ],
    [
      '"Ann via Sales" (D1.28)',
      'from:sales@own.example reply-to:ann@x.com to:sales@own.example',
      'inbound',
    ],
    [
      'own mail with an own Reply-To',
      'from:me@own.example reply-to:sales@own.example to:ann@x.com',
      'outbound',
    ],
    ['no From, own Sender', 'sender:me@own.example to:ann@x.com', 'outbound'],
    ['neither From nor Sender', 'to:ann@x.com', 'inbound'],
  ])('%s', (_case, line, direction) => {
    expect(judge(head(line), context())).toMatchObject({ inScope: true, direction });
  });
});

describe('scope, for any message', () => {
  const role = fc.constantFrom<Participant['role']>(
    'from',
    'sender',
    'reply-to',
    'to',
    'cc',
    'bcc',
  );
  const address = fc.constantFrom(
    ...['ann@x.com', 'Ann+1@X.com', 'bob@y.com', 'me@own.example', 'me+1@own.example', 'z@z.com'],
    ...['g.ail@googlemail.com', 'junk', '', '/O=EX/CN=ann'],
  );
  const anyHead = fc.record<MessageHead>({
    providerMessageId: fc.constant('m'),
    providerThreadId: fc.constant('t'),
    state: fc.constantFrom<MessageState>('mail', 'mail', 'mail', 'draft', 'spam', 'trash', 'chat'),
    labelIds: fc.uniqueArray(fc.constantFrom('A', 'B', 'C')),
    receivedAt: fc.integer({ min: WINDOW_START - 5, max: WINDOW_START + 5 }),
    participants: fc.array(fc.record({ role, address, name: fc.constant('') }), { maxLength: 5 }),
    rfcMessageId: fc.constant(null),
  });

  it('only mail with a contact that is not the user is in scope (I3)', () => {
    const ours = context();
    fc.assert(
      fc.property(anyHead, (message) => {
        const judgement = judge(message, ours);
        if (!judgement.inScope) return;
        expect(message.state).toBe('mail');
        expect(judgement.contactIds.length).toBeGreaterThan(0);
        expect(judgement.contactIds).toEqual([...new Set(judgement.contactIds)].sort());
        expect(message.participants.some((p) => /ann|bob|g\.ail/i.test(p.address))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('narrowing never lets anything in, nor adds a contact to it (P6)', () => {
    const wide = context();
    const narrower: Partial<ScopeContext>[] = [
      { scope: { kind: 'label', labelId: 'A' } },
      { scope: { kind: 'folder', folderId: 'A', includeSubfolders: true } },
      { scope: { kind: 'folder', folderId: 'A', includeSubfolders: false } },
      { windowStart: WINDOW_START + 2 },
      { contacts: new Map([[key('ann@x.com'), ['c-ann']]]) },
      { ownAddresses: new Set([...wide.ownAddresses, key('bob@y.com')]) },
    ];
    fc.assert(
      fc.property(anyHead, fc.constantFrom(...narrower), (message, change) => {
        const narrow = judge(message, { ...wide, ...change });
        const before = judge(message, wide);
        if (!narrow.inScope) return;
        expect(before.inScope).toBe(true);
        if (before.inScope)
          expect(before.contactIds).toEqual(expect.arrayContaining(narrow.contactIds));
      }),
      { numRuns: 3_000 },
    );
  });
});
