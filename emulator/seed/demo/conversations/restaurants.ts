import { PDF_QUOTE, PNG_DOT } from '../files.ts';
import { type Conversation, line } from '../script.ts';

const ACME = ['Clients/Harbour Kitchen'];

export const restaurantConversations: readonly Conversation[] = [
  {
    key: 'harbour-trial',
    subject: 'Trial filter for the espresso bar',
    with: ['tom'],
    labels: ACME,
    lines: [
      line(
        97,
        '08:12',
        'tom',
        'Hi Maya,\n\nour espresso bar gets through a boiler every eighteen months because of the scale. A friend at the market says your under-counter filter fixed that for her. Could we try one for a month before we commit?\n\nTom',
      ),
      line(
        97,
        '09:40',
        'me',
        'Hi Tom,\n\nyes, gladly. I will send one with a hardness test strip. Write down the reading on day one and on day thirty, and you will know whether it is worth your money.\n\nMaya',
      ),
      line(
        93,
        '15:02',
        'tom',
        'It arrived, and your courier is the first who found the back door. First reading: 19 degrees. Is that bad?',
      ),
      line(
        93,
        '15:20',
        'me',
        'That is very hard water, so you should see a difference soon. Please run two litres through before the first cup.',
      ),
      line(
        63,
        '07:55',
        'tom',
        'Day thirty: 5 degrees, and the baristas stopped complaining about the steam wand. What would four of them cost, with cartridges for a year?',
      ),
      line(
        62,
        '10:15',
        'me',
        'Good to hear! The quote is attached: four units, cartridges every quarter, installation included. The price holds until the end of next month.',
        {
          attachments: [
            {
              filename: 'Quote 2291 Harbour Kitchen.pdf',
              contentType: 'application/pdf',
              contentBase64: PDF_QUOTE,
            },
          ],
        },
      ),
      line(
        59,
        '18:31',
        'tom',
        'We take it. Can your people come before we open, so between six and eight?',
      ),
      line(58, '08:05', 'me', 'They can. Tuesday at six, and I will bring rolls.'),
      line(
        51,
        '11:00',
        'tom',
        'All four run. The rolls were gone in a minute. Here is the corner where the last one sits; is the hose bent too much?',
        {
          html: '<p>All four run. The rolls were gone in a minute.</p><p>Here is the corner where the last one sits; is the hose bent too much?</p><img src="cid:corner@harbourkitchen.example" alt="The corner under the sink">',
          attachments: [
            {
              filename: 'corner.png',
              contentType: 'image/png',
              contentBase64: PNG_DOT,
              contentId: 'corner@harbourkitchen.example',
            },
          ],
        },
      ),
      line(
        51,
        '12:45',
        'me',
        'It is fine as long as it does not kink when the drawer closes. If it does, there is a longer hose in the box.',
      ),
    ],
  },
  {
    key: 'harbour-leak',
    subject: 'Drip under unit three',
    with: ['tom'],
    labels: ACME,
    lines: [
      line(
        24,
        '05:48',
        'tom',
        'Morning. There is a small puddle under unit three, perhaps a glass of water since last night. I closed the tap. Anything else I should do?',
      ),
      line(
        24,
        '06:30',
        'me',
        'You did the right thing. Does the cartridge turn if you try it by hand? It should not move at all.',
      ),
      line(24, '06:41', 'tom', 'It moved a quarter turn! Tight now, and dry so far.'),
      line(
        23,
        '07:10',
        'me',
        'Then the night cleaner probably bumped it. I am sending four locking rings, no charge.',
      ),
      line(17, '16:20', 'tom', 'Rings are on. Dry for a week. Thanks for being quick about it.', {
        from: 'Tom Okoro <tom.okoro+brightwater@harbourkitchen.example>',
      }),
    ],
  },
  {
    key: 'schools-tender',
    subject: 'Tender 44/B: drinking fountains for nine canteens',
    with: ['amara'],
    lines: [
      line(
        88,
        '13:00',
        'amara',
        'Dear Ms Lindqvist,\n\nwe are collecting offers for drinking fountains in nine school canteens. The deadline is in six weeks, the questions deadline in three. May I put you on the list of bidders?\n\nAmara Nwosu',
      ),
      line(
        87,
        '09:05',
        'me',
        'Dear Ms Nwosu,\n\nyes please. One question already: are the canteens on the same water main, or should we plan for nine different hardness levels?',
      ),
      line(
        85,
        '14:12',
        'amara',
        'Three mains, and I attach nothing because the table fits here: north 12, centre 17, south 21 degrees. All canteens have a drain within two metres.',
      ),
      line(
        66,
        '08:30',
        'me',
        'Our offer went through the portal this morning. If the portal swallows the drawings (they are large), I can send them again by mail.',
      ),
      line(
        64,
        '10:44',
        'amara',
        'Received, complete, and readable, which cannot be said of everybody. The committee meets on the 14th.',
      ),
      line(
        45,
        '15:15',
        'amara',
        'I may tell you informally: you are second on price and first on everything else. The committee would like to see one fountain in use.',
      ),
      line(
        45,
        '16:02',
        'me',
        'There is one at the swimming hall on Dock Road, run by children all day. I can be there on any afternoon.',
      ),
      line(
        38,
        '12:30',
        'amara',
        'We went, we drank, we were convinced. The award letter follows on paper.',
      ),
      line(
        6,
        '09:20',
        'amara',
        'A practical point: school holidays start in two weeks. If you deliver to the centre canteen first, the caretaker is there to let you in.',
      ),
      line(
        6,
        '10:00',
        'me',
        'Centre first, then. Who signs for the goods, the caretaker or the kitchen?',
      ),
      line(
        5,
        '11:48',
        'amara',
        'The kitchen. The caretaker signs nothing since the affair with the piano.',
      ),
    ],
  },
  {
    key: 'clinics-questions',
    subject: 'Filters in treatment rooms',
    with: ['priya'],
    lines: [
      line(
        70,
        '11:11',
        'priya',
        'Hello Maya, we run five small clinics. Our hygiene officer asks whether your cartridges have been tested for legionella. If there is a report, could I see it?',
      ),
      line(
        69,
        '08:20',
        'me',
        'Hello Priya, they hold back particles and lime, and they are not a medical device. For treatment rooms you would need the sterile version, which our partner makes. I can introduce you.',
      ),
      line(
        69,
        '17:35',
        'priya',
        'Thank you for the honest answer. The waiting rooms and the staff kitchens would still be yours. Could you come by on a Thursday?',
      ),
      line(
        61,
        '18:00',
        'me',
        'Thanks for showing me round. I count five kitchens and four waiting rooms, so nine units of the small model. I will write it up.',
      ),
      line(
        33,
        '09:15',
        'priya',
        'Our director signed. She asks if the invoice can go out in January, for budget reasons.',
      ),
      line(33, '09:50', 'me', 'January is fine. Delivery too, or earlier?'),
      line(32, '13:40', 'priya', 'Earlier if you can. The kitchens are thirsty.'),
    ],
  },
];
