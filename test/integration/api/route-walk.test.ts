import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../../api/route.ts';
import { API_ROUTES } from '../../../api/routes/index.ts';
import { lookupHash } from '../../../crypto/lookup.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
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

/**
 * What an address answers a teammate and a namesake in another org who ask it for Ann's. A route that
 * is not named here fails the walk: say what it must answer, and the walk then tries it.
 *
 * - `hidden`: 404, as for what does not exist
 * - `own`: whatever is the asker's own, and nothing of Ann's
 * - `org`: the org's contacts, which a teammate may see and change
 * - `roles`: 403 without the role that it needs
 * - `endless`: a stream, which the walk does not wait for and so does not try
 * - `refused`: not tried with Ann's ids, as it takes none; a 4xx for the body given here
 */
const EXPECTED: Record<string, 'hidden' | 'own' | 'org' | 'roles' | 'endless' | 'refused'> = {
  listInboxes: 'own',
  connectInbox: 'refused',
  getInbox: 'hidden',
  listScopes: 'hidden',
  changeScope: 'hidden',
  reconnectInbox: 'hidden',
  disconnectInbox: 'hidden',
  deleteHistory: 'hidden',
  getDeletion: 'hidden',
  explainEmail: 'hidden',
  touchReport: 'hidden',
  listBackfills: 'hidden',
  getBackfill: 'hidden',
  replayBackfill: 'hidden',
  listPendingConnections: 'own',
  listContacts: 'org',
  putContacts: 'refused',
  getContact: 'org',
  putContact: 'org',
  deleteContact: 'org',
  contactTimeline: 'own',
  getMessage: 'hidden',
  getMessageHtml: 'hidden',
  streamChanges: 'endless',
  getAttachment: 'hidden',
  getThread: 'hidden',
  getShare: 'hidden',
  shareThread: 'hidden',
  unshareThread: 'hidden',
  listShares: 'own',
  exportData: 'own',
  deleteAllHistory: 'own',
  getAllDeletion: 'hidden',
  listAuditLog: 'own',
  exportAudit: 'own',
  opsListInboxes: 'roles',
  opsShowInbox: 'roles',
  opsListBackfills: 'roles',
  opsExplainBackfill: 'roles',
  opsReplayBackfill: 'roles',
  opsReplayBackfills: 'roles',
  opsWakeInbox: 'roles',
  opsReconcile: 'roles',
  turnSendingOn: 'hidden',
  turnSendingOff: 'hidden',
  sendMessage: 'hidden',
  getOutgoingMessage: 'hidden',
  listEventEndpoints: 'roles',
  createEventEndpoint: 'roles',
  getEventEndpoint: 'roles',
  changeEventEndpoint: 'roles',
  deleteEventEndpoint: 'roles',
  rotateEventEndpointSecret: 'roles',
  listEventDeliveries: 'roles',
  replayFailedEventDeliveries: 'roles',
  replayEventDelivery: 'roles',
};

/** For routes whose body or query must hold something. */
const BODIES: Record<string, unknown> = {
  changeScope: { kind: 'contacts' },
  reconnectInbox: {},
  deleteHistory: { confirm: 'delete' },
  deleteAllHistory: { confirm: 'delete everything' },
  sendMessage: { to: [{ address: 'x@y.example' }], subject: 's', text: 't' },
  putContact: { name: 'Carol', addresses: ['carol@customer.example'] },
  opsReplayBackfills: {},
};
const QUERIES: Record<string, string> = { explainEmail: '?messageId=canary@mail.example' };

const CANARY = 'canary-8f1c';

describe('every route, asked by others', () => {
  let rig: Rig;
  let inboxId: string;
  let messageId: string;
  let deletionId: string;
  beforeAll(async () => {
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', { addresses: ['carol@customer.example'] });
    const former = await seedInbox(rig, ANN, `former-${CANARY}@gmail.example`);
    ({ deletionId } = await rig.db.api.asUser(ANN, (tx) => startDeletion(tx, former.inboxId)));
    const inbox = await seedInbox(rig, ANN, `ann-${CANARY}@gmail.example`);
    inboxId = inbox.inboxId;
    messageId = await seedMessage(rig, inbox, {
      contactIds: ['carol'],
      providerThreadId: `thread-${CANARY}`,
      subject: `subject-${CANARY}`,
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

  const pathOf = (route: Route): string =>
    route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
      if (name === 'id' && route.path.includes('/contacts/')) return 'carol';
      if (name === 'id' && route.path.includes('/messages/')) return messageId;
      const known: Record<string, string> = {
        id: inboxId,
        inboxId,
        threadId: `thread-${CANARY}`,
        deletionId,
        eventId: deletionId,
        outgoingId: deletionId,
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
    const before = await rig.counts();
    const answer = await ask(person, route);
    const text = JSON.stringify(answer.body);
    const wanted: Record<string, boolean> = {
      hidden: answer.status === 404,
      own: [200, 202, 404].includes(answer.status),
      org: true,
      roles: answer.status === 403 || answer.status === 400,
      refused: answer.status >= 400,
    };
    const faults: string[] = [];
    if (!expected || !wanted[expected]) faults.push(`answered ${answer.status}`);
    for (const secret of [CANARY, inboxId, messageId]) {
      if (text.includes(secret)) faults.push(`told ${secret}`);
    }
    const after = await rig.counts();
    // A stranger's own contact of that name is theirs to make.
    if (!mayUse && expected !== 'org' && JSON.stringify(after) !== JSON.stringify(before)) {
      faults.push('changed rows');
    }
    return faults.map((fault) => `${route.name} for ${person.orgId}/${person.userId}: ${fault}`);
  };

  const walk = async (): Promise<string[]> => {
    const faults: string[] = [];
    for (const route of API_ROUTES.filter(({ name }) => EXPECTED[name] !== 'endless')) {
      for (const person of [BOB, EVE]) faults.push(...(await faultsOf(person, route)));
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
});
