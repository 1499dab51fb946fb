import { describe, expect, it } from 'vitest';
import { backfillMail } from '../../../activities/mails.ts';
import type { CountedReceipt } from '../../../db/backfill-receipt-store.ts';
import type { Scope } from '../../../domain/scope.ts';

const PROFILE = {
  address: 'maya@brightwater.example',
  ownAddresses: [],
  notifyAddress: 'maya@work.example',
  scopeName: null,
};
const RUN: Parameters<typeof backfillMail>[2] = {
  inboxId: 'i',
  n: 1,
  kind: 'initial',
  scope: { kind: 'contacts' },
  from: Date.UTC(2026, 1, 6, 12),
  now: Date.UTC(2026, 10, 23),
  publicUrl: 'https://sync.example',
};
const NOTHING = { seen: 0, stored: 0, skipped: {}, gone: 0, failed: 0, missing: 0, added: 0 };

const mailOf = (counted: Partial<CountedReceipt> = {}, run = RUN) =>
  backfillMail(PROFILE, { receipt: NOTHING, failures: {}, ...counted }, run);

describe('P7 the mail about a backfill', () => {
  it('says since when email was looked for, as its window has it', () => {
    expect(mailOf().text).toContain(
      'in maya@brightwater.example for email with your contacts since 6 February.',
    );
    const long = { ...RUN, from: Date.UTC(2025, 10, 30, 23, 59) };
    expect(mailOf({}, long).text).toContain('since 30 November 2025.');
  });

  it('P6 names the label or folder that alone was looked in, and that alone brings in more', () => {
    const textOf = (scope: Scope, scopeName: string | null) => {
      const profile = { ...PROFILE, scopeName };
      return backfillMail(profile, { receipt: NOTHING, failures: {} }, { ...RUN, scope }).text;
    };
    const label = textOf({ kind: 'label', labelId: 'l' }, 'Clients/Acme');
    expect(label).toContain(
      'for email with your contacts in the label Clients/Acme since 6 February.',
    );
    expect(label).toContain(
      'New email with your contacts in the label Clients/Acme arrives by itself from now on.',
    );
    const folder = { kind: 'folder', folderId: 'f', includeSubfolders: true } as const;
    expect(textOf(folder, 'Clients')).toContain(
      'in the folder Clients and the folders below it since',
    );
    expect(textOf({ ...folder, includeSubfolders: false }, null)).toContain(
      'in the folder you chose since',
    );
    expect(mailOf().text).toContain('New email with your contacts arrives by itself from now on.');
  });

  it('claims nothing on timelines where there is nothing', () => {
    const { subject, text } = mailOf();
    expect(subject).toBe('Your email history has been gone through');
    expect(text).toContain('The first import is done: it added no email.');
    expect(`${subject} ${text}`).not.toContain('on the timelines');
  });

  it('of an empty label or folder says that what lies below it is left out, and what to do', () => {
    const folder = (includeSubfolders: boolean) =>
      mailOf({}, { ...RUN, scope: { kind: 'folder', folderId: 'f', includeSubfolders } }).text;
    expect(folder(false)).toContain('Email in the folders below it is not included');
    expect(folder(false)).toContain('under Settings → Email → Change.');
    expect(folder(true)).not.toContain('not included');
    const scope = { kind: 'label', labelId: 'l' } as const;
    expect(mailOf({}, { ...RUN, scope }).text).toContain('labels nested below it is not included');
    const receipt = { ...NOTHING, seen: 1, stored: 1 };
    expect(mailOf({ receipt }, { ...RUN, scope }).text).not.toContain('below it');
    expect(mailOf().text).not.toContain('below it');
  });

  it('says why a message failed, and what to do', () => {
    const receipt = { ...NOTHING, seen: 3, stored: 2, failed: 1, added: 2 };
    const { text } = mailOf({ receipt, failures: { too_large: 1 } });
    expect(text).toContain('The first import is done: it added 2 emails; 1 could not be added.');
    expect(text).toContain('- 1 could not be added: the message is too large.');
    expect(text).toContain('Trying again will not help: read it in your mailbox.');
  });
});
