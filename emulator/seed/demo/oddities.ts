import { PDF_QUOTE, PNG_LOGO } from './files.ts';
import type { Timed } from './strangers.ts';

const raw = (lines: readonly string[]): string =>
  Buffer.from(lines.join('\r\n'), 'utf8').toString('base64');

/**
 * Mail that has tripped mail programs before, each for one reason. Without `from` or `to` it is the
 * owner's.
 */
export const ODDITIES: readonly Timed[] = [
  // HTML only, with entities and a tracking pixel.
  [
    91,
    {
      from: 'Priya Raman <priya.raman@cedarclinics.example>',
      subject: 'Re-sent: floor plan',
      html: '<html><body><h3>Floor plan</h3><p>Clinic&nbsp;2 &amp; clinic&nbsp;3, as promised.<br>Priya</p><img src="https://track.example/p.gif" width="1" height="1"></body></html>',
    },
  ],
  // To oneself: SENT and INBOX together.
  [
    73,
    {
      subject: 'Note to self: locking rings',
      text: 'Order 40 locking rings. Ask Tom how they hold.',
      as: 'self',
    },
  ],
  // Bcc is visible in the sent copy only.
  [
    71,
    {
      to: 'undisclosed-recipients:;',
      bcc: 'Tom Okoro <tom.okoro@harbourkitchen.example>, Inês Duarte <ines.duarte@hotelmiramar.example>',
      subject: 'New cartridge prices from March',
      text: 'Dear all, prices rise by two percent in March. Orders before that keep the old price.',
      as: 'sent',
    },
  ],
  // The group syntax, received.
  [
    65,
    {
      from: 'Amara Nwosu <a.nwosu@cityschools.example>',
      to: 'undisclosed-recipients:;',
      subject: 'All bidders: answers to questions',
      text: 'The answers are in the portal.',
    },
  ],
  // Sent from an alias, with a quoted comma in the name.
  [
    58,
    {
      from: '"Lindqvist, Maya" <sales@brightwater.example>',
      to: '"Weiss, Daniel" <daniel@weissplumbing.example>',
      subject: 'Fitting manual',
      text: 'The manual you asked for.',
      as: 'sent',
      attachments: [
        {
          filename: 'Montageanleitung für Regler.pdf',
          contentType: 'application/pdf',
          contentBase64: PDF_QUOTE,
        },
      ],
    },
  ],
  // No Message-ID and a Date nobody can parse.
  [
    32,
    {
      from: 'Daniel Weiss <office@weissplumbing.example>',
      subject: 'Delivery note 771',
      text: 'Two boxes, signed by the intern.',
      messageId: null,
      date: 'yesterday-ish',
    },
  ],
  // Date far in the future: the provider's own time must decide.
  [
    27,
    {
      from: 'Lucas Ferreira <lucas.ferreira@acmefreight.example>',
      subject: 'Clock test',
      text: 'Our server thinks it is 2038.',
      date: 'Tue, 19 Jan 2038 03:14:07 +0000',
    },
  ],
  // A list that rewrites the sender.
  [
    15,
    {
      from: '"Hanna Koivu via Bar Association" <members@barlist.example>',
      replyTo: 'Hanna Koivu <hanna@koivupartners.example>',
      subject: '[members] New rules on notice periods',
      text: 'Dear colleagues, the new rules apply from May.',
      headers: [
        ['List-Id', '<members.barlist.example>'],
        ['Sender', 'members-bounces@barlist.example'],
      ],
    },
  ],
  // The same Message-ID twice: the direct copy and the one through the list.
  [
    15,
    {
      from: '"Hanna Koivu" <hanna@koivupartners.example>',
      subject: 'New rules on notice periods',
      text: 'Dear colleagues, the new rules apply from May.',
      messageId: 'rules-may@koivupartners.example',
    },
  ],
  [
    15,
    {
      from: '"Hanna Koivu" <hanna@koivupartners.example>',
      subject: '[staff] New rules on notice periods',
      text: 'Dear colleagues, the new rules apply from May.',
      messageId: 'rules-may@koivupartners.example',
      headers: [['List-Id', '<staff.koivupartners.example>']],
    },
  ],
  // Empty, but for the subject.
  [
    10,
    {
      from: 'Tom Okoro <tom.okoro@harbourkitchen.example>',
      subject: 'Call me when you can (eom)',
      text: '',
    },
  ],
  // An image inside HTML, and nothing else.
  [
    9,
    {
      from: 'Inês Duarte <ines.duarte@hotelmiramar.example>',
      subject: 'The card',
      html: '<p>Like this?</p><img src="cid:card@hotelmiramar.example" alt="Card with logo">',
      attachments: [
        {
          filename: 'card.png',
          contentType: 'image/png',
          contentBase64: PNG_LOGO,
          contentId: 'card@hotelmiramar.example',
        },
      ],
    },
  ],
];

/** The oddities that have to be raw bytes; `stamp` makes a Date header from days ago. */
export const rawOddities = (me: string, stamp: (daysAgo: number) => string): Timed[] => [
  // A forwarded message as an attachment, and a picture without a name.
  [39, { rawBase64: forwarded(me, stamp(39)) }],
  // Raw 8-bit headers, as some shops send them.
  [
    26,
    {
      rawBase64: raw([
        `From: Chloé Béranger <chloe@atelier-beranger.example>`,
        `To: ${me}`,
        'Subject: Carafe à bec étroit',
        `Date: ${stamp(26)}`,
        'Message-ID: <8bit-1@atelier-beranger.example>',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 8bit',
        '',
        'La photo, enfin : lumière parfaite ce matin.',
        '',
      ]),
    },
  ],
];

const forwarded = (me: string, date: string): string =>
  raw([
    'From: Lucas Ferreira <lucas.ferreira@acmefreight.example>',
    `To: ${me}`,
    'Subject: Fwd: Damage report',
    `Date: ${date}`,
    'Message-ID: <fwd-1@acmefreight.example>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="fwd"',
    '',
    '--fwd',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'The original is attached, with the picture.',
    '--fwd',
    'Content-Type: message/rfc822',
    'Content-Disposition: attachment; filename="Damage report.eml"',
    '',
    'From: Gate 4 <gate4@acmefreight.example>',
    'To: lucas.ferreira@acmefreight.example',
    'Subject: Damage report',
    'Content-Type: text/plain',
    '',
    'Corner dented, seal intact.',
    '--fwd',
    'Content-Type: image/png',
    'Content-Transfer-Encoding: base64',
    '',
    PNG_LOGO,
    '--fwd--',
    '',
  ]);

/** Half-written mail, newest last. */
export const DRAFTS: readonly Timed[] = [
  [
    5,
    {
      to: 'Amara Nwosu <a.nwosu@cityschools.example>',
      subject: 'Delivery plan',
      text: 'Dear Amara,\n\ncentre on the 8th, then',
      labels: ['DRAFT'],
    },
  ],
  [
    1,
    {
      to: 'chloe@atelier-beranger.example',
      subject: 'Forty carafes',
      text: 'Bonjour Chloé,',
      labels: ['DRAFT'],
    },
  ],
];
