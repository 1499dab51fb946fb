import type { Timed } from './strangers.ts';

/** Folders of the owner's own, and what Outlook keeps beside them. */
export const OUTLOOK_FOLDERS: string[] = ['Clients', 'Clients/Acme', 'Suppliers', 'Old/2024'];

export const OUTLOOK_SEARCHES = [
  {
    path: 'Unread from anywhere',
    search: { filterQuery: 'isRead eq false', sources: ['inbox', 'Clients/Acme'] },
  },
  { path: 'PersonMetadata', isHidden: true },
];

const raw = (lines: readonly string[]): string =>
  Buffer.from(lines.join('\r\n'), 'utf8').toString('base64');

const LEGACY =
  '/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=7D1A2F-PRIYA';

/** Mail that only an Exchange mailbox holds. */
export const OUTLOOK_ODDITIES = (me: string): Timed[] => [
  // A sender who is known by an X500 address only.
  [
    44,
    {
      from: `Priya Raman <${LEGACY}>`,
      subject: 'From the old system',
      text: 'Sent before we moved.',
    },
  ],
  // Nobody: a system notice without From.
  [
    37,
    {
      rawBase64: raw([
        `To: ${me}`,
        'Subject: Your mailbox is almost full',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'You have used 48 of 50 GB.',
        '',
      ]),
    },
  ],
  // A file that stays in the cloud.
  [
    21,
    {
      rawBase64: raw([
        'From: Lucas Ferreira <lucas.ferreira@acmefreight.example>',
        `To: ${me}`,
        'Subject: Route plan on our drive',
        'Message-ID: <drive-1@acmefreight.example>',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary="ref"',
        '',
        '--ref',
        'Content-Type: text/plain; charset=utf-8',
        '',
        'The plan is on the drive, linked below.',
        '--ref',
        'Content-Type: message/external-body; access-type=URL; name="Route plan.xlsx"; url="https://drive.acmefreight.example/route-plan"',
        'Content-Disposition: attachment; filename="Route plan.xlsx"',
        '',
        'Content-Type: application/octet-stream',
        '',
        '--ref--',
        '',
      ]),
      folder: 'Clients/Acme',
    },
  ],
  // Kept, read and forgotten.
  [
    96,
    {
      from: 'Hanna Koivu <hanna@koivupartners.example>',
      subject: 'Contract of 2024, for the file',
      text: 'Signed by both.',
      folder: 'Old/2024',
    },
  ],
];
