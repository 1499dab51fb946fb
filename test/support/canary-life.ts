import { randomUUID } from 'node:crypto';
import type { EventReceiver } from './event-receiver.ts';
import { type Person, type TestProduct, until } from './product.ts';

/** Planted wherever mail and grants have words, each of its kind; none is a word of ours. */
export const CANARIES = {
  subject: 'zyzzyvasubject',
  text: 'xoloitzcuintlitext',
  html: 'quetzalcoatlushtml',
  file: 'wobbegongfile.pdf',
  name: 'Ixodidae Pademelon',
  stranger: 'kakapo.stranger@thylacine.test',
  strangerSubject: 'saiga-antelope-subject',
  messageId: 'vaquita-message-id@thylacine.test',
  // A label, and a folder
  place: 'Fossalabel',
  late: 'numbatlatesubject',
  // Of the mailboxes' own names
  own: 'jerboa.own@brightwater.example',
  ownOutlook: 'axolotl.own@brightwater.example',
  // Of what is sent
  sentSubject: 'gharial-sent-subject',
  sentText: 'tuatara-sent-text',
  recipient: 'dugong.recipient@thylacine.test',
  // Where events are posted
  endpoint: 'bettong-endpoint',
} as const;

/** In the CRM's own contact table, where addresses belong: what a scan must find there. */
export const CONTACT = 'aardwolf@contact.example';
export const LATE_CONTACT = 'binturong@contact.example';

const mail = (subject: string, contact = CONTACT) => ({
  from: `${CANARIES.name} <${contact}>`,
  subject,
  text: CANARIES.text,
  html: `<p>${CANARIES.html}</p>`,
  attachments: [
    { filename: CANARIES.file, contentType: 'application/pdf', contentBase64: 'JVBERi0=' },
  ],
});

export interface Life {
  test: TestProduct;
  person: Person;
  receiver: EventReceiver;
  /** Called whenever the grant of the inbox is another one. */
  granted(inboxId: string): Promise<void>;
}

/**
 * Connect, backfill, sending, live mail under a renewed token, a late contact, a question,
 * disconnect, reconnect; all of it told to an endpoint that asked for content.
 * @returns the inbox, and the secret of the endpoint
 */
export async function live(life: Life): Promise<{ inboxId: string; endpointSecret: string }> {
  const { test, person, granted } = life;
  const { address } = person;
  const place = await person.mailbox.createPlace(CANARIES.place);
  const endpointSecret = await registerEndpoint(life);
  await person.putContacts({ bob: [CONTACT] });
  await person.add({ ...mail(CANARIES.subject), messageId: CANARIES.messageId, ...place.at });
  await person.add({ from: CANARIES.stranger, subject: CANARIES.strangerSubject, text: 'x' });
  await person.add(mail(CANARIES.late, LATE_CONTACT));
  const inboxId = await person.connectAndBackfill();
  await granted(inboxId);
  await send(life, inboxId);
  await granted(inboxId);
  await test.emulator.expireAccessTokens({ address });
  await person.add(mail(`${CANARIES.subject} live`));
  await person.untilOnTimeline('bob', `${CANARIES.subject} live`);
  await granted(inboxId);
  await person.putContacts({ bob: [CONTACT], late: [LATE_CONTACT] });
  await person.untilOnTimeline('late', CANARIES.late);
  await ask(life, inboxId);
  await person.disconnect(inboxId);
  await person.reconnect(inboxId);
  await granted(inboxId);
  await person.add(mail(`${CANARIES.subject} again`));
  await person.untilOnTimeline('bob', `${CANARIES.subject} again`);
  await untilTold(life, inboxId, `${CANARIES.subject} again`);
  return { inboxId, endpointSecret };
}

async function registerEndpoint({ person, receiver }: Life): Promise<string> {
  const { secret } = await person.api.post<{ secret: string }>('/api/v1/event-endpoints', {
    url: `${receiver.url}/${CANARIES.endpoint}`,
    ...{ types: ['message.synced', 'inbox.disconnected', 'history.deleted'], content: true },
  });
  return secret;
}

/** Turns sending on by a consent of its own, and sends one message. */
async function send({ test, person }: Life, inboxId: string): Promise<void> {
  const path = `/api/v1/inboxes/${inboxId}`;
  const returnTo = `${test.product.apiUrl}/`;
  const { authorizationUrl } = await person.api.post<{ authorizationUrl: string }>(
    `${path}/sending`,
    { returnTo },
  );
  await person.consent(new URL(authorizationUrl));
  const message = {
    to: [{ address: CONTACT }],
    cc: [{ name: CANARIES.name, address: CANARIES.recipient }],
    ...{ subject: CANARIES.sentSubject, text: CANARIES.sentText },
  };
  const headers = { 'idempotency-key': randomUUID() };
  const { status } = await person.api.send('POST', `${path}/messages`, message, headers);
  if (status !== 202) throw new Error(`sending was answered ${status}`);
  await person.untilOnTimeline('bob', CANARIES.sentSubject);
}

/** Why isn't this email here? */
async function ask({ person }: Life, inboxId: string): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const questions: Record<string, string>[] = [
    { messageId: CANARIES.messageId },
    { sender: CANARIES.stranger, date },
    { sender: CONTACT, date },
  ];
  for (const question of questions) {
    await person.api.get(`/api/v1/inboxes/${inboxId}/explain?${new URLSearchParams(question)}`);
  }
}

const untilTold = ({ receiver }: Life, inboxId: string, subject: string) =>
  until(`"${subject}" told`, async () =>
    receiver.accepted.some(
      ({ data }) =>
        data.inboxId === inboxId && JSON.stringify(data.content ?? null).includes(subject),
    ),
  );
