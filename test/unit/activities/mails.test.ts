import { describe, expect, it } from 'vitest';
import { backfillMail } from '../../../activities/mails.ts';
import type { CountedReceipt } from '../../../db/backfill-receipt-store.ts';

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
    expect(folder(true)).not.toContain('below it');
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
