import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../../api/route.ts';
import { API_ROUTES, PUBLIC_ROUTES } from '../../../api/routes/index.ts';
import { lookupHash } from '../../../crypto/lookup.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { BODIES, EXPECTED, LAST, QUERIES } from './route-walk-cases.ts';
import {
  ANN,
  BOB,
  EVE,
  type Person,
  type Rig,
  seedInbox,
  seedMessage,
  startRig,
} from './support.ts';

const CANARY = 'canary-8f1c';
/** Everything that a role can open. */
const ROLES = ['ops', 'admin'];

/** Rows of Ann's whose routes ask for more than a row: a delivery, an outgoing message, a receipt. */
async function seedByHand(rig: Rig, inboxId: string, endpoint: { id: string }) {
  const ids = {
    endpoint: endpoint.id,
    event: randomUUID(),
    outgoing: randomUUID(),
    everything: randomUUID(),
  };
  await rig.db.sql(
    `insert into event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state)
     values ($1, 'acme', $2, $3, 'message.synced', '{}', 'failed')`,
    [ids.endpoint, inboxId, ids.event],
  );
  await rig.db.sql(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
       rfc_message_id) values ($1, $2, 'k', 'h', 'queued', 'content', 'm')`,
    [ids.outgoing, inboxId],
  );
  await rig.db.sql(
    `insert into user_deletions (id, org_id, user_id, deletion_ids)
     values ($1, 'acme', 'ann', '{}')`,
    [ids.everything],
  );
  return ids;
}

describe('every route, asked by others', () => {
  let rig: Rig;
  let inboxId: string;
  let messageId: string;
  let formerId: string;
  let deletionId: string;
  let ids: Awaited<ReturnType<typeof seedByHand>>;
  beforeAll(async () => {
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', { addresses: ['carol@customer.example'] });
    const { body: endpoint } = await rig.call(
      { ...ANN, roles: ROLES },
      ...(['POST', '/api/v1/event-endpoints'] as const),
      { url: `https://crm.example/${CANARY}`, types: ['message.synced'] },
    );
    const former = await seedInbox(rig, ANN, `former-${CANARY}@gmail.example`);
    ({ deletionId } = await rig.db.api.asUser(ANN, (tx) => startDeletion(tx, former.inboxId)));
    formerId = former.inboxId;
    const address = `ann-${CANARY}@gmail.example`;
    const inbox = await seedInbox(rig, ANN, address);
    inboxId = inbox.inboxId;
    ids = await seedByHand(rig, inboxId, endpoint as unknown as { id: string });
    const { id: providerMessageId } = await rig.emulator.addMessage({
      ...{ address, from: 'carol@customer.example', to: address, text: 'see attached' },
      attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'eA==' }],
    });
    messageId = await seedMessage(rig, inbox, {
      contactIds: ['carol'],
      providerThreadId: `thread-${CANARY}`,
      providerMessageId,
      subject: `subject-${CANARY}`,
      html: `<p>${CANARY}</p>`,
      attachments: [
        {
          partId: '1',
          filename: `${CANARY}.txt`,
          mimeType: 'text/plain',
          sizeBytes: 1,
          inline: false,
          contentId: null,
        },
      ],
    });
    await rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
      const hash = lookupHash(
        await readDataKey(tx, rig.keyRing, row),
        'rfc-id',
        'canary@mail.example',
      );
      await tx.sql('update verdicts set rfc_id_hash = $1 where inbox_id = app_inbox()', [hash]);
    });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const idOf = ({ name, path }: Route): string => {
    if (name === 'getDeletion') return formerId;
    if (name === 'getAllDeletion') return ids.everything;
    if (path.includes('/contacts/')) return 'carol';
    if (path.includes('/messages/')) return messageId;
    if (path.includes('/event-endpoints/')) return ids.endpoint;
    return path.includes('/ops/backfills/') ? `${inboxId}.1` : inboxId;
  };

  const pathOf = (route: Route): string =>
    route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
      const known: Record<string, string> = {
        id: idOf(route),
        inboxId,
        threadId: `thread-${CANARY}`,
        deletionId,
        eventId: ids.event,
        outgoingId: ids.outgoing,
        n: '1',
        partId: '1',
      };
      const value = known[name];
      if (!value) throw new Error(`Give the walk an example of {${name}} in ${route.path}.`);
      return value;
    }) + (QUERIES[route.name] ?? '');

  const ask = (person: Person | null, route: Route) =>
    rig.call(
      person,
      route.method.toUpperCase(),
      pathOf(route),
      route.body ? (BODIES[route.name] ?? {}) : undefined,
      route.headers ? { 'idempotency-key': 'key' } : undefined,
    );

  /** What goes wrong with one route, asked by one person. */
  const faultsOf = async (person: Person, route: Route): Promise<string[]> => {
    const expected = EXPECTED[route.name];
    const mayUse = expected === 'org' && person.orgId === ANN.orgId;
    // Operators wake and replay whatever inbox needs it, and see ids.
    const operates = expected === 'roles' && person.roles !== undefined;
    const before = await rig.counts();
    const answer = await ask(person, route);
    const text = JSON.stringify(answer.body);
    const wanted: Record<string, boolean> = {
      hidden: answer.status === 404,
      own: [200, 202, 404].includes(answer.status),
      org: true,
      roles: operates || answer.status === 403,
      admins: answer.status === (person.roles ? 404 : 403),
      refused: answer.status >= 400,
    };
    const faults: string[] = [];
    if (!expected || !wanted[expected]) faults.push(`answered ${answer.status}`);
    for (const secret of operates ? [CANARY] : [CANARY, inboxId, messageId]) {
      if (text.includes(secret)) faults.push(`told ${secret}`);
    }
    const after = await rig.counts();
    // A stranger's own contact of that name is theirs to make.
    if (
      !mayUse &&
      !operates &&
      expected !== 'org' &&
      JSON.stringify(after) !== JSON.stringify(before)
    ) {
      faults.push('changed rows');
    }
    return faults.map((fault) => `${route.name} for ${person.orgId}/${person.userId}: ${fault}`);
  };

  const walk = async (): Promise<string[]> => {
    const faults: string[] = [];
    for (const route of API_ROUTES.filter(({ name }) => EXPECTED[name] !== 'endless')) {
      const more = ['roles', 'admins'].includes(EXPECTED[route.name] ?? '');
      const foreign = { ...EVE, roles: ROLES };
      for (const person of more ? [BOB, EVE, foreign] : [BOB, EVE])
        faults.push(...(await faultsOf(person, route)));
    }
    return faults;
  };

  it('is classified above', () => {
    const names = API_ROUTES.map(({ name }) => name);
    expect(names.filter((name) => !(name in EXPECTED))).toEqual([]);
    expect(Object.keys(EXPECTED).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('answers nobody without a token', async () => {
    const before = await rig.counts();
    for (const route of API_ROUTES) {
      expect([route.name, (await ask(null, route)).status]).toEqual([route.name, 401]);
    }
    expect(await rig.counts()).toEqual(before);
  });

  it('I5 B6 tells nobody of another’s and changes nothing of it', async () => {
    expect(await walk()).toEqual([]);
    expect((await rig.call(ANN, 'GET', `/api/v1/messages/${messageId}`)).status).toBe(200);
  });

  it('tells nobody anything of hers where no token is needed', async () => {
    const before = await rig.counts();
    for (const { method, path, body } of PUBLIC_ROUTES) {
      const address = path.replaceAll(/\{\w+\}/g, inboxId);
      const init = body && { body: '{}', headers: { 'content-type': 'application/json' } };
      const answer = await rig.raw(address, { method: method.toUpperCase(), ...init });
      expect([address, (await answer.text()).includes(CANARY)]).toEqual([address, false]);
    }
    expect(await rig.counts()).toEqual(before);
  });

  it('is a walk that would find it: without row-level security, others’ mail shows', async () => {
    for (const table of ['inboxes', 'messages', 'message_contacts', 'inbox_keys']) {
      await rig.db.sql(`alter table ${table} disable row level security`);
    }
    const readers = ['getInbox', 'getMessage', 'getThread', 'listInboxes', 'touchReport'];
    const found: string[] = [];
    for (const route of API_ROUTES.filter(({ name }) => readers.includes(name))) {
      found.push(...(await faultsOf(BOB, route)));
    }
    for (const name of readers) expect(found.join('\n')).toContain(`${name} for acme/bob`);
  });

  it('finds what it asks for when its owner asks the same, or a 404 would mean nothing', async () => {
    const asked = API_ROUTES.filter(
      ({ name, path }) =>
        ['hidden', 'admins', 'roles'].includes(EXPECTED[name] ?? '') && path.includes('{'),
    );
    const order = ({ method, name }: Route): number =>
      LAST.includes(name) ? 2 : method === 'get' ? 0 : 1;
    const faults: string[] = [];
    for (const route of asked.toSorted((a, b) => order(a) - order(b))) {
      const { status } = await ask({ ...ANN, roles: ROLES }, route);
      // A conflict says as well as an answer that it was found.
      if (status >= 300 && status !== 409) faults.push(`${route.name} answered ${status}`);
    }
    expect(faults).toEqual([]);
  });
});
