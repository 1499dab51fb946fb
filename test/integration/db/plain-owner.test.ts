import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openCommands } from '../../../db/command-store.ts';
import { connectInbox } from '../../../db/connect-inbox.ts';
import { putContacts } from '../../../db/contact-store.ts';
import { Database } from '../../../db/database.ts';
import { deleteBatch, finishDeletion } from '../../../db/deletion-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { migrate, provisionRoles } from '../../../db/migrate.ts';
import { takeOauthState } from '../../../db/oauth-state-store.ts';
import { inboxesForPush } from '../../../db/push-store.ts';
import { reserveQuota } from '../../../db/quota-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, connectInput, contact, stored } from './fixtures.ts';

/** Managed Postgres gives out no superuser: the owner of the tables is then bound by policies too. */
const name = `plain_${randomBytes(6).toString('hex')}`;
const password = 'plain-owner-password';
let admin: Client;
let template: TestDatabase;
let ownerUrl: string;

beforeAll(async () => {
  // Makes sure that the application roles exist, with the passwords that all tests share.
  template = await createTestDatabase();
  admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(`create role ${name} login nosuperuser createrole password '${password}'`);
  await admin.query(`create database ${name} owner ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  url.username = name;
  url.password = password;
  ownerUrl = url.href;
});
afterAll(async () => {
  await admin.query(`drop database ${name} with (force)`);
  await admin.query(`drop role ${name}`);
  await admin.end();
  await template[Symbol.asyncDispose]();
});

const inOwnersDatabase = (roleUrl: string): string => {
  const url = new URL(roleUrl);
  url.pathname = `/${name}`;
  return url.href;
};

test('an owner that is no superuser can migrate, and everything works', async () => {
  expect(await migrate(ownerUrl)).toContain('2026-11-22-initial');
  await using api = await Database.open({ url: inOwnersDatabase(template.apiUrl) });
  await using worker = await Database.open({ url: inOwnersDatabase(template.workerUrl) });
  const mailbox = 'alice@acme';
  const inbox = await api.asUser(ALICE, (tx) => connectInbox(tx, connectInput(ALICE, { mailbox })));
  const { commands } = await api.asOrg(ALICE.orgId, (tx) =>
    putContacts(tx, [contact('c1', 'c1@x.com')]),
  );
  expect(commands).toMatchObject([{ inboxId: inbox.inboxId, kind: 'wake' }]);
  const found = await api.asNobody((tx) => inboxesForPush(tx, 'gmail', Buffer.from(mailbox)));
  expect(found).toEqual([{ inboxId: inbox.inboxId, epoch: 1 }]);
  expect(await api.asNobody((tx) => openCommands(tx, -1_000))).toHaveLength(2);
  expect(await api.asNobody((tx) => takeOauthState(tx, randomBytes(32)))).toBeNull();
  const budget = { units: 1, windowMs: 60_000, budgets: [{ key: 'k', limit: 1, reserve: 0 }] };
  expect(await reserveQuota(worker, budget)).toBe(0);
  expect(await reserveQuota(worker, budget)).toBeGreaterThan(0);

  await worker.asConnectedInbox(inbox, (tx, row) => commitMessages(tx, row, [stored('m')]));
  const { deletionId } = await api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
  const batch = await worker.asInbox(inbox.inboxId, (tx) => deleteBatch(tx, { deletionId }, 10));
  expect(batch.deleted).toBe(2);
  const receipt = await worker.asInbox(inbox.inboxId, (tx) => finishDeletion(tx, { deletionId }));
  expect(receipt).toMatchObject({ messagesDeleted: 1, verdictsDeleted: 1 });
});

test('an owner with CREATEROLE is told what it lacks for roles that an admin made', async () => {
  const passwords = { apiPassword: 'another-password-1', workerPassword: 'another-password-2' };
  await expect(provisionRoles(ownerUrl, passwords)).rejects.toThrow(
    /could not be made \(42501\)\. Have an admin/,
  );
});
