import { Agent, get } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { readConfig } from '../config/config.ts';
import type { DataKey } from '../crypto/data-key.ts';
import { openKeyRing } from '../crypto/key-ring.ts';
import { writeAudit } from '../db/audit-store.ts';
import { getContact } from '../db/contact-store.ts';
import { Database } from '../db/database.ts';
import { readKeys } from '../db/keys-store.ts';
import { contactTimeline } from '../db/timeline-store.ts';
import { Random } from '../emulator/shared/random.ts';
import type { Person } from '../stack/product.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { sealMessage } from '../vault/message-seals.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { atMost, type Outcome, unjudged } from './figures.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { percentile } from './stats.ts';

const MESSAGES = 1_000_000;
const CONTACTS = 1_000;
const PAGE = 50;
const CLIENTS = 8;
const REQUESTS = 4_000;
const WARM_UP = 800;
const BATCH = 10_000;
const PERSON: Person = { orgId: 'org', userId: 'user', email: 'inbox@bench.example' };

/**
 * A page of a timeline with its subjects opened, over HTTP; beside it, by as many clients, the
 * statements that the route makes, and nothing else.
 */
export async function timeline(): Promise<Outcome> {
  await using rig = await startRig({ env: { RATE_LIMIT_PER_MINUTE: '10000000' } });
  const { inboxId, token } = await connect(rig);
  const config = readConfig({ ...process.env, ...rig.product.env });
  await using database = await Database.open({
    url: config.secrets.DATABASE_URL_API.reveal(),
    applicationName: 'bench',
    poolMax: CLIENTS,
  });
  const keyRing = await openKeyRing(config);
  const key = await database.asUser(PERSON, (tx) =>
    readDataKey(tx, keyRing, { id: inboxId, orgId: PERSON.orgId }),
  );
  await steps.run(`${MESSAGES} messages`, () => fill(rig, inboxId, key));
  using agent = closing(new Agent({ keepAlive: true, maxSockets: CLIENTS }));
  const overHttp = (contact: string) => readPage(rig, agent, token, contact);
  const bySql = (contact: string) => readRows(database, inboxId, contact);
  await measure(bySql, WARM_UP);
  await measure(overHttp, WARM_UP);
  const sql = await steps.run('By SQL', () => measure(bySql, REQUESTS));
  const http = await steps.run('Over HTTP', () => measure(overHttp, REQUESTS));
  const p99 = percentile(http, 0.99);
  return {
    figures: [
      atMost('p99_over_sql', p99 / percentile(sql, 0.99), 'ratio', 2),
      unjudged('p99_ms', p99, 'ms', 'lower'),
    ],
    parameters: {
      ...{ messages: MESSAGES, contacts: CONTACTS, page: PAGE },
      ...{ clients: CLIENTS, requests: REQUESTS, warmUp: WARM_UP },
    },
    samples: { http: quantiles(http), sql: quantiles(sql) },
  };
}

const contactId = (i: number): string => `contact-${i}`;

async function connect(rig: Rig): Promise<{ inboxId: string; token: string }> {
  await rig.emulator.createAccount({ address: PERSON.email });
  const teammate = await teammateOf(rig, PERSON);
  await pushContacts(
    teammate,
    Array.from({ length: CONTACTS }, (_, i) => ({
      ...{ id: contactId(i), name: `Contact ${i}`, addresses: [`contact-${i}@customer.example`] },
    })),
  );
  const inboxId = await connectMailbox(rig, teammate);
  return { inboxId, token: await rig.product.tokenFor(PERSON) };
}

/** As the worker stores them, but for foreign keys, which are not looked at, and bodies, which nobody opens. */
async function fill({ db }: Rig, inboxId: string, key: DataKey): Promise<void> {
  const { orgId, userId } = PERSON;
  await db.query('set session_replication_role = replica');
  for (let start = 0; start < MESSAGES; start += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, i) => {
      const id = uuidv7();
      const contact = contactId((start + i) % CONTACTS);
      const { envelopeCt } = sealMessage(key, { orgId, inboxId, messageId: id }, mailOf(start + i));
      return { id, contact, envelopeCt, at: new Date(Date.now() - (start + i) * 7_000) };
    });
    await db.query(
      `with given as (select * from unnest($4::uuid[], $5::text[], $6::bytea[], $7::timestamptz[])
         as g (id, contact, envelope, at)),
       stored as (insert into messages (id, inbox_id, org_id, user_id, provider_message_id,
           provider_thread_id, direction, received_at, has_attachments, envelope_ct, body_ct)
         select id, $1, $2, $3, id::text, id::text, 'inbound', at, false, envelope, '\\x00' from given)
       insert into message_contacts (message_id, contact_id, inbox_id, org_id, user_id, received_at)
       select id, contact, $1, $2, $3, at from given`,
      [
        ...[inboxId, orgId, userId],
        ...[rows.map(({ id }) => id), rows.map(({ contact }) => contact)],
        ...[rows.map(({ envelopeCt }) => envelopeCt), rows.map(({ at }) => at)],
      ],
    );
  }
  await db.query('set session_replication_role = origin');
  await db.query('vacuum analyze messages, message_contacts');
}

/** With two people and a reply, as most email has. */
const mailOf = (i: number) => ({
  providerMessageId: String(i),
  providerThreadId: String(i),
  state: 'mail' as const,
  labelIds: [],
  receivedAt: 0,
  participants: [
    { role: 'from' as const, name: `Contact ${i}`, address: `contact-${i}@customer.example` },
    { role: 'to' as const, name: 'Bench', address: PERSON.email },
  ],
  rfcMessageId: `message-${i}@customer.example`,
  subject: `About order ${i}, which you asked for last week`,
  snippet: 'Thank you for your message. We have looked into it, and this is what we found. '.repeat(
    2,
  ),
  text: null,
  html: null,
  attachments: [],
  inReplyTo: `earlier-${i}@customer.example`,
  references: [`earlier-${i}@customer.example`],
  defects: [],
});

/** What the route asks the database, and nothing else. */
async function readRows(database: Database, inboxId: string, contact: string): Promise<void> {
  const rows = await database.asUser(PERSON, async (tx) => {
    const [, found] = await Promise.all([
      getContact(tx, contact),
      contactTimeline(tx, contact, { limit: PAGE + 1 }),
      writeAudit(tx, { act: 'timeline.read', subject: contact }),
    ]);
    await readKeys(tx, inboxId);
    return found;
  });
  if (rows.length !== PAGE + 1) throw new Error(`expected a full page, got ${rows.length}`);
}

function readPage(rig: Rig, agent: Agent, token: string, contact: string): Promise<void> {
  const url = `${rig.product.apiUrl}/api/v1/contacts/${contact}/timeline?limit=${PAGE}`;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { authorization: `Bearer ${token}` };
  get(url, { agent, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('error', reject);
    answer.on('end', () => {
      const subjects = Buffer.concat(parts).toString('latin1').split('"subject":"About').length - 1;
      if (subjects === PAGE) resolve();
      else reject(new Error(`expected ${PAGE} subjects, got ${subjects} (${answer.statusCode})`));
    });
  }).on('error', reject);
  return promise;
}

/** @returns ms of each, by as many clients that each ask again once they are answered */
async function measure(ask: (contact: string) => Promise<void>, n: number): Promise<number[]> {
  const random = new Random('timeline');
  const samples: number[] = [];
  const client = async (): Promise<void> => {
    for (let i = 0; i < n / CLIENTS; i++) {
      const startedAt = performance.now();
      await ask(contactId(random.int(CONTACTS)));
      samples.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return samples;
}

const quantiles = (samples: readonly number[]) =>
  Object.fromEntries([0.5, 0.9, 0.99, 1].map((share) => [share, percentile(samples, share)]));

const closing = (agent: Agent): Agent & Disposable =>
  Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
