import type { Random } from '../../shared/random.ts';

const OPENINGS = [
  'Thanks for the call this morning.',
  'Following up on what we discussed last week.',
  'I looked through the figures again and have two remarks.',
  'Here is the short version for the steering group.',
  'We ran the numbers with the team in the afternoon.',
  'Before I forget: the shipment left the warehouse on Tuesday.',
  'The draft is ready for your comments.',
  'Good news from the pilot site.',
];
const MIDDLES = [
  'The second quote is lower, but it leaves out installation and the first year of support.',
  'Our finance people need the purchase order before they can release the deposit.',
  'If the delivery slips past the month end we would have to move the training days.',
  'Three of the five sites are live and the remaining two wait for their network cabling.',
  'I would rather agree on the acceptance criteria now than argue about them in spring.',
  'The contract has a notice period of sixty days, which we should shorten to thirty.',
  'Support tickets went down by a third since the update, most of them about passwords.',
  'Could you ask your colleague to add the cost centre, so that the invoice is not bounced?',
  'The catalogue now lists both variants, the narrow one for the shop and the wide one for the depot.',
  'We are still missing the signed data processing agreement.',
];
const CLOSINGS = [
  'Let me know what you think.',
  'Happy to go through it on Thursday.',
  'I will call you tomorrow around ten.',
  'No rush, next week is fine.',
  'Could you confirm by Friday?',
];
const SUBJECTS = [
  'Quote for the second site',
  'Delivery dates in autumn',
  'Minutes of the steering call',
  'Renewal terms',
  'Purchase order missing',
  'Training plan',
  'Pilot results',
  'Access for the new colleagues',
  'Invoice questions',
  'Roadmap review',
  'Acceptance criteria',
  'Warehouse move',
];

export const makeSubject = (random: Random): string =>
  `${random.pick(SUBJECTS)} (${random.between(100, 999)})`;

const paragraph = (random: Random): string =>
  [
    random.pick(OPENINGS),
    ...Array.from({ length: random.between(2, 5) }, () => random.pick(MIDDLES)),
  ].join(' ');

/** A multipart/alternative body of 2 to 8 KB, ASCII, with its boundary fixed. */
export const BOUNDARY = '000000000000bulk0608f1a2';

export const makeBody = (random: Random): string => {
  const wanted = random.between(700, 2_900);
  const paragraphs: string[] = [];
  for (let size = 0; size < wanted; ) {
    const next = paragraph(random);
    paragraphs.push(next);
    size += next.length;
  }
  paragraphs.push(random.pick(CLOSINGS));
  const html = paragraphs.map((text) => `<p style="margin:0 0 12px">${text}</p>`).join('\r\n');
  return [
    `--${BOUNDARY}`,
    'Content-Type: text/plain; charset="UTF-8"',
    '',
    paragraphs.map(foldText).join('\r\n\r\n'),
    '',
    `--${BOUNDARY}`,
    'Content-Type: text/html; charset="UTF-8"',
    '',
    `<div dir="ltr">${html}</div>`,
    '',
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n');
};

const foldText = (text: string): string => text.replace(/(.{60,76}) /g, '$1\r\n');
