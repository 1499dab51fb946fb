import type { AddMessage } from '../../control/contract.ts';
import type { Random } from '../../shared/random.ts';

/** Days ago, and the message; none of these people is in the CRM. */
export type Timed = [daysAgo: number, mail: Omit<AddMessage, 'address'>];

interface Newsletter {
  from: string;
  list: string;
  everyDays: number;
  label: string;
  subject: (issue: number) => string;
  lead: readonly string[];
}

const NEWSLETTERS: readonly Newsletter[] = [
  {
    from: 'Kitchen Trade Weekly <weekly@kitchentrade.example>',
    list: 'Kitchen Trade Weekly <weekly.kitchentrade.example>',
    everyDays: 7,
    label: 'CATEGORY_PROMOTIONS',
    subject: (issue) => `Kitchen Trade Weekly, issue ${issue}`,
    lead: [
      'This week: dishwashers that weigh the plates, and why three canteens went back to buckets.',
      'The spring fair has a new hall for water and air. Early booking ends soon.',
      'Readers ask: how often should a grease trap be cleaned? Our survey has surprising answers.',
    ],
  },
  {
    from: '"Harbour Business Club" <hello@harbourclub.example>',
    list: '<members.harbourclub.example>',
    everyDays: 14,
    label: 'CATEGORY_UPDATES',
    subject: () => 'Breakfast at the club: seats left',
    lead: [
      'On Wednesday at half past seven we talk about energy prices. Coffee is on the house.',
      'Our guest runs a bakery with eleven ovens and one accountant.',
    ],
  },
  {
    from: 'Buildlog <noreply@buildlog.example>',
    list: 'Buildlog releases <releases.buildlog.example>',
    everyDays: 10,
    label: 'CATEGORY_FORUMS',
    subject: (issue) => `[buildlog] Release 4.${issue} is out`,
    lead: [
      'Faster exports, a quieter beeper, and the printer dialog remembers the tray.',
      'This release mends the calendar view for people who start their week on Saturday.',
    ],
  },
];

/** Regular mail with List- headers, HTML with a text alternative. */
export const newsletters = (random: Random, days: number): Timed[] =>
  NEWSLETTERS.flatMap((letter) => {
    const timed: Timed[] = [];
    for (let day = days - random.int(letter.everyDays); day > 0; day -= letter.everyDays) {
      timed.push([day, issueOf(letter, Math.floor((days - day) / letter.everyDays) + 21, random)]);
    }
    return timed;
  });

const issueOf = (
  letter: Newsletter,
  issue: number,
  random: Random,
): Omit<AddMessage, 'address'> => {
  const lead = random.pick(letter.lead);
  const host = /<[^>]*?([\w-]+\.example)>/.exec(letter.list)?.[1] ?? 'list.example';
  return {
    from: letter.from,
    subject: letter.subject(issue),
    text: `${lead}\n\nUnsubscribe: https://${host}/u/8812`,
    html: `<html><head><style>p{font-family:sans-serif}</style></head><body><p>${lead}</p><p><a href="https://${host}/u/8812">Unsubscribe</a></p></body></html>`,
    headers: [
      ['List-Id', letter.list],
      ['List-Unsubscribe', `<https://${host}/u/8812>`],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
      ['Precedence', 'bulk'],
    ],
    labels: ['INBOX', letter.label, ...(random.chance(0.6) ? ['UNREAD'] : [])],
  };
};

const note = (from: string, subject: string, text: string): Omit<AddMessage, 'address'> => ({
  from,
  subject,
  text,
});

/** Single mails from people and machines outside the CRM. */
export const STRANGERS: readonly Timed[] = [
  [
    96,
    note(
      'Parcel Service <no-reply@parcels.example>',
      'Your parcel is on its way',
      'Parcel 5510 92 arrives between ten and noon.',
    ),
  ],
  [
    90,
    note(
      'Bea Holm <bea.holm@mail.example>',
      'Choir on Thursday?',
      'We sing the slow one. Please bring the tall folder and your tall sister.',
    ),
  ],
  [
    81,
    note(
      'City Water Board <info@cityboard.example>',
      'Planned works on Dock Road',
      'The main on Dock Road is closed from 22:00 to 04:00.',
    ),
  ],
  [
    76,
    note(
      'Accounts <billing@hostpoint.example>',
      'Invoice 88-2041',
      'Your invoice for hosting is ready. Nothing to do, we charge the card on file.',
    ),
  ],
  [
    72,
    note(
      'Landlord <office@dockside.example>',
      'Heating check',
      'The engineer comes on Monday between eight and twelve. Somebody has to be in.',
    ),
  ],
  [
    60,
    note(
      'Nils <nils@mail.example>',
      'Lunch',
      'The usual place at one? I have news about the boat.',
    ),
  ],
  [
    57,
    note(
      'Bank <service@northbank.example>',
      'Your statement is ready',
      'Your statement for last month is in the mailbox of your online account.',
    ),
  ],
  [
    48,
    note(
      'Job applicant <j.hale@mail.example>',
      'Application: workshop assistant',
      'Dear team, I repaired outboard motors for six years and would like to repair something drier.',
    ),
  ],
  [
    42,
    note(
      'Bea Holm <bea.holm@mail.example>',
      'Re: Choir on Thursday?',
      'You sang beautifully. The tall folder is with me.',
    ),
  ],
  [
    37,
    note(
      'Travel desk <trips@railways.example>',
      'Your ticket to Porto',
      'Coach 4, seat 61, window. Platform shown twenty minutes before.',
    ),
  ],
  [
    29,
    note(
      'Security <no-reply@accounts.example>',
      'New sign-in on a tablet',
      'If this was you, there is nothing to do.',
    ),
  ],
  [22, note('Nils <nils@mail.example>', 'The boat', 'It floats. Saturday?')],
  [
    18,
    note(
      'Print shop <orders@printcorner.example>',
      'Proof for your cards',
      'Please check the umlauts, we have been wrong before.',
    ),
  ],
  [
    11,
    note(
      'Tom Okoro <tom.okoro@other-mail.example>',
      'Different Tom',
      'Hello, you once wrote to another Tom Okoro at this address. That is not me, no harm done.',
    ),
  ],
  [
    8,
    note(
      'Survey <ask@surveys.example>',
      'Two minutes of your time',
      'How likely are you to recommend our ladder?',
    ),
  ],
  [
    4,
    note(
      'Landlord <office@dockside.example>',
      'Keys',
      'The new keys are at the desk, two per tenant.',
    ),
  ],
];

/** What the provider filed as spam, and what the owner threw away. */
export const JUNK: readonly Timed[] = [
  [
    79,
    {
      ...note('Prize Office <win@lucky.example>', 'You have w0n', 'Claim within 24 hours.'),
      labels: ['SPAM'],
    },
  ],
  [
    53,
    {
      ...note(
        'Cheap Pumps <deal@pumps.example>',
        'PUMPS PUMPS PUMPS',
        'Ninety percent off, today only.',
      ),
      labels: ['SPAM'],
    },
  ],
  [
    21,
    {
      ...note(
        'Dr. Moneta <fund@transfer.example>',
        'Confidential transfer',
        'I write to you in trust.',
      ),
      labels: ['SPAM', 'UNREAD'],
    },
  ],
  [
    13,
    {
      ...note(
        'Inês Duarte <ines.duarte@hotelmiramar.example>',
        'Photos from room 212',
        'The pictures are on our server, follow the link to see them.',
      ),
      labels: ['SPAM', 'UNREAD'],
    },
  ],
  [
    58,
    {
      ...note(
        'Ladder Shop <news@ladders.example>',
        'Ladders for every height',
        'Our catalogue is here.',
      ),
      labels: ['TRASH'],
    },
  ],
  [
    16,
    {
      ...note(
        'Daniel Weiss <daniel@weissplumbing.example>',
        'Wrong attachment, please ignore',
        'That was meant for my brother.',
      ),
      labels: ['TRASH'],
    },
  ],
];
