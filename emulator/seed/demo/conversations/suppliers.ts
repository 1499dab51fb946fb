import { inviteFor } from '../files.ts';
import { type Conversation, line } from '../script.ts';

export const supplierConversations: readonly Conversation[] = [
  {
    key: 'freight-delay',
    subject: 'Container MSKU-771 held at customs',
    with: ['lucas'],
    labels: ['Clients/Acme'],
    lines: [
      line(
        54,
        '07:00',
        'lucas',
        'Morning Maya, bad news first: the container with your housings is held at customs since a form lacks the tariff number. Good news: nothing is lost. Which number did we use last year?',
      ),
      line(
        54,
        '07:25',
        'me',
        '8421.21, as ever. Our broker typed 8412, which is engines. Nobody ships four thousand engines this small.',
      ),
      line(
        53,
        '12:15',
        'lucas',
        'They saw the joke, eventually. Released this morning, on the road tomorrow.',
      ),
      line(
        52,
        '06:10',
        'lucas',
        'On the road. Expect two pallets on Thursday and three on Friday.',
        { cc: 'dispatch@acmefreight.example, Maya Lindqvist <sales@brightwater.example>' },
      ),
      line(
        49,
        '16:40',
        'me',
        'All five here, one corner dented, contents fine. I noted it on the slip.',
      ),
      line(
        12,
        '08:00',
        'lucas',
        'Sea freight to Kobe: the earliest vessel leaves on the 9th. Shall I book 2 m³?',
      ),
      line(12, '08:30', 'me', 'Please book it, and this time I type the tariff number myself.'),
      line(
        1,
        '09:45',
        'lucas',
        'Booked, vessel Aurora Bay, estimated Kobe in 38 days. Documents tomorrow.',
      ),
    ],
  },
  {
    key: 'plumbing-crew',
    subject: 'Crew for January',
    with: ['daniel'],
    lines: [
      line(
        44,
        '06:20',
        'daniel',
        'Maya, I have two fitters free in January. Do you want them for the schools? First come, first served.',
        { from: 'Weiss Plumbing Office <office@weissplumbing.example>' },
      ),
      line(44, '06:55', 'me', 'Both of them, all of January, if they can start on the 8th.'),
      line(43, '06:05', 'daniel', 'The 8th it is. Invitation for the site walk attached.', {
        calendar: inviteFor(
          'site-walk@weissplumbing.example',
          'Site walk, nine canteens',
          'daniel@weissplumbing.example',
        ),
      }),
      line(
        9,
        '17:10',
        'daniel',
        'One of the two broke his wrist playing football. I will come myself instead, which is cheaper for him and dearer for me.',
      ),
      line(9, '18:00', 'me', 'Give him our best wishes. And stretch before you lift the big ones.'),
    ],
  },
  {
    key: 'contract-review',
    subject: 'Framework agreement, second draft',
    with: ['hanna'],
    lines: [
      line(
        36,
        '12:00',
        'hanna',
        'Dear Maya,\n\nI marked three clauses in red. The one on liability is the only one that keeps me awake. Let us talk before you sign.\n\nHanna Koivu',
      ),
      line(35, '08:40', 'me', 'Thank you. Would the cap at twice the yearly fee let you sleep?'),
      line(35, '10:02', 'hanna', 'Like a child. I put it in, third draft by tonight.'),
      line(
        34,
        '19:20',
        'hanna',
        'Third draft. Please also look at the notice period; they had ninety days, I made it sixty.',
      ),
      line(31, '09:00', 'me', 'Sixty is good. Signed and posted.'),
      line(
        7,
        '11:30',
        'hanna',
        'The countersigned copy is in my safe. My note of fees comes with the slow post, as always.',
      ),
    ],
  },
  {
    key: 'ledger-interview',
    subject: 'A few questions for The Ledger',
    with: ['rafa'],
    lines: [
      line(
        28,
        '15:30',
        'rafa',
        "Hello Ms Lindqvist, I'm writing about small makers who supply public kitchens. Could I ask you five questions, by phone or mail?",
      ),
      line(27, '09:10', 'me', 'By mail, please, since the workshop is louder than I am.'),
      line(
        26,
        '10:00',
        'rafa',
        '1. Why fountains & not bottles?\n2. What does <hard water> cost a canteen per year?\n3. Who cleans the things?\n4. What went wrong in your first year?\n5. What would you ask the city for?',
      ),
      line(
        25,
        '20:15',
        'me',
        '1. Bottles have to be carried.\n2. About a boiler every second year.\n3. The kitchen, in four minutes, once a week.\n4. Everything but the filters.\n5. For tenders shorter than the telephone book.',
      ),
      line(14, '08:00', 'rafa', "It's out, page 7. My editor kept answer 4."),
      line(14, '08:30', 'me', 'Of course she did. Thank you for quoting me right!'),
    ],
  },
];
