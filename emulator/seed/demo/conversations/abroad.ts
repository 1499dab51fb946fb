import { type Conversation, line } from '../script.ts';

const JIS = { charset: 'iso-2022-jp', encoding: '7bit' } as const;
const KOI8 = { charset: 'koi8-r', encoding: 'base64' } as const;
const LATIN1 = { charset: 'iso-8859-1', encoding: 'quoted-printable' } as const;

/** Mail in the charsets that people outside the ASCII world still send. */
export const abroadConversations: readonly Conversation[] = [
  {
    key: 'shirokuma-samples',
    subject: 'フィルターのサンプルについて',
    with: ['yuki'],
    lines: [
      line(
        92,
        '01:30',
        'yuki',
        'リンドクヴィスト様\n\nはじめまして。白熊商事の田中と申します。浄水フィルターのサンプルを二つお送りいただけますでしょうか。\n\n田中 由紀',
        JIS,
      ),
      line(
        92,
        '07:45',
        'me',
        'Dear Ms Tanaka,\n\nthank you for writing. Two samples leave tomorrow by air. My Japanese ends at arigatou, so I hope English is fine.\n\nMaya Lindqvist',
      ),
      line(
        84,
        '02:10',
        'yuki',
        '田中です。サンプルが届きました。水の味がとても良くなりました。社内で検討いたします。\n\nEnglish is fine, too. We compare with two other makers.',
        JIS,
      ),
      line(
        56,
        '03:00',
        'yuki',
        'Maya-san,\n\nour test kitchen likes yours best. Please tell us the price for 200 pieces, delivered to Kobe.\n\n田中',
        { charset: 'shift_jis', encoding: 'base64' },
      ),
      line(
        55,
        '08:00',
        'me',
        'Tanaka-san, that is wonderful news. For 200 pieces to Kobe I need three days to get a sea freight rate. You will have it on Friday.',
      ),
      line(
        52,
        '07:30',
        'me',
        'Here is the rate: sea freight takes 38 days, air nine. The price per piece drops by eleven percent from 200 on.',
      ),
      line(50, '01:05', 'yuki', 'We choose the ship. 船便でお願いします。', {
        charset: 'utf-8',
        encoding: '8bit',
      }),
    ],
  },
  {
    key: 'neva-coop',
    subject: 'Совместные испытания картриджей',
    with: ['olga'],
    lines: [
      line(
        78,
        '06:40',
        'olga',
        'Здравствуйте, Майя!\n\nНаша лаборатория испытывает картриджи на износ. Мы могли бы проверить ваши образцы бесплатно, если вы разрешите опубликовать результаты.\n\nОльга Смирнова',
        KOI8,
      ),
      line(
        77,
        '09:00',
        'me',
        'Dear Olga, yes to the test and yes to publishing, whatever the result. How many cartridges do you need?',
      ),
      line(75, '06:15', 'olga', 'Двенадцати хватит. Отправьте, пожалуйста, из одной партии.', KOI8),
      line(
        41,
        '07:20',
        'olga',
        'Первые результаты: после 8 000 литров давление упало на 6 %. Это хороший показатель. Отчёт пришлю позже.',
        { charset: 'windows-1251', encoding: 'quoted-printable' },
      ),
      line(
        40,
        '08:10',
        'me',
        'Six percent is better than our own figure, so I am curious how you measured. Looking forward to the report!',
      ),
    ],
  },
  {
    key: 'mueller-brew',
    subject: 'Wasser für das Sudhaus',
    with: ['jurgen'],
    labels: ['Clients/Brewery'],
    lines: [
      line(
        82,
        '05:30',
        'jurgen',
        'Grüß Gott Frau Lindqvist,\n\nfür unser Pils brauchen wir weicheres Wasser, höchstens 4 °dH. Schafft Ihre große Anlage 900 Liter pro Stunde?\n\nMit freundlichen Grüßen\nJürgen Müller',
        LATIN1,
      ),
      line(
        82,
        '08:20',
        'me',
        'Guten Tag Herr Müller,\n\nja, mit zwei Anlagen nebeneinander. Eine allein schafft 600 Liter. Wie viel Platz ist neben dem Kessel?',
      ),
      line(
        80,
        '05:50',
        'jurgen',
        'Zwei Meter zwanzig. Es wird eng, aber es geht. Schöne Grüße aus dem Sudhaus!',
        LATIN1,
      ),
      line(
        74,
        '12:00',
        'me',
        'Dann passt es mit zwanzig Zentimetern Luft. Ein Angebot folgt diese Woche.',
      ),
      line(
        30,
        '05:10',
        'jurgen',
        'Die Anlage läuft. Das erste Pils ist im Tank, in sechs Wochen wissen wir mehr. Für Sie liegt ein Kasten bereit.',
        { ...LATIN1, from: 'Jürgen Müller <j.mueller@brauerei-mueller.example>' },
      ),
      line(30, '07:00', 'me', 'Den hole ich persönlich ab.'),
    ],
  },
  {
    key: 'atelier-glass',
    subject: 'Une carafe pour vos filtres ?',
    with: ['chloe'],
    lines: [
      line(
        68,
        '10:10',
        'chloe',
        'Bonjour Maya,\n\nje souffle du verre à Lyon et je dessine une carafe qui pourrait accueillir votre filtre. Cela vous intéresse-t-il ? Le prototype est prêt, à 38 € pièce.\n\nChloé',
        { charset: 'windows-1252', encoding: 'quoted-printable' },
      ),
      line(
        67,
        '09:30',
        'me',
        'Bonjour Chloé, what a lovely idea. Could you send a photo and the inner diameter of the neck?',
      ),
      line(
        65,
        '16:45',
        'chloe',
        "Le col fait 62 mm à l'intérieur. La photo suivra dès que la lumière sera belle.",
        { charset: 'windows-1252', encoding: 'quoted-printable' },
      ),
      line(
        20,
        '11:30',
        'chloe',
        'Bonjour ! Les dix premières carafes sont parties hier. Dites-moi si une seule est cassée, je la remplacerai.',
      ),
      line(
        19,
        '08:00',
        'me',
        'All ten whole, and everybody in the office wants one. Could you make forty more by spring?',
      ),
    ],
  },
  {
    key: 'miramar-rooms',
    subject: 'Filters for 64 rooms',
    with: ['ines'],
    labels: ['Clients/Hotel Miramar'],
    lines: [
      line(
        95,
        '14:25',
        'ines',
        'Dear Maya, we stop selling plastic bottles in the rooms next season and want a tap filter in each. 64 rooms, two sizes of tap. Could you come and look? Best, Inês',
      ),
      line(
        94,
        '08:55',
        'me',
        'Dear Inês, I can be in Porto on the 3rd or the 4th. Please keep one room of each kind free for an hour.',
      ),
      line(
        86,
        '19:05',
        'me',
        'Thank you for the tour, and for the pastéis. Short summary: 48 rooms take the small adapter, 16 the large, and room 212 has a tap from another century.',
      ),
      line(
        86,
        '20:30',
        'ines',
        'Room 212 is where the owner sleeps when he visits, so it matters most. Can your workshop turn an adapter?',
      ),
      line(
        83,
        '09:00',
        'me',
        'They can, they did, and it is chromed. Shall we hide it in the box or make a small ceremony of it?',
      ),
      line(
        47,
        '15:00',
        'ines',
        'All rooms done. The owner drank a glass of tap water in 212 and said nothing, which is the highest praise he has. One more thing: the cleaning team asks for a card in Portuguese.',
      ),
      line(
        46,
        '10:20',
        'me',
        'The card is on its way, with pictures, so that nobody has to read my Portuguese.',
      ),
      line(
        3,
        '17:50',
        'ines',
        'Maya, guests write about the water in their reviews! May we use your logo on the card?',
      ),
      line(2, '08:15', 'me', 'Please do. And send me a review or two, I will frame them.'),
    ],
  },
];
