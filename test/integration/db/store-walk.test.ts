import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, type User } from '../../../db/database.ts';
import { mustGetInbox } from '../../../db/inbox-lock.ts';
import type { InboxRow } from '../../../db/inbox-row.ts';
import { listInboxes } from '../../../db/inbox-store.ts';
import { API_ROLE, OPS_ROLE, WORKER_ROLE } from '../../../db/roles.ts';
import type { Tx } from '../../../db/tx.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type Everything, seedEverything } from './everything.ts';
import { ALICE, BOB, connect, OTHER_ALICE } from './fixtures.ts';
import {
  ACROSS,
  type Args,
  type Asked,
  CALLS,
  IDS,
  OF_NOBODY,
  OF_THE_ORG,
  PREPARED,
} from './store-calls.ts';

type Store = (tx: object, ...args: unknown[]) => unknown;

const named = (calls: typeof CALLS): Map<string, Args> =>
  new Map(calls.flatMap(([names, args]) => names.split(' ').map((name) => [name, args] as const)));

const FOLDER = new URL('../../../db/', import.meta.url);

/** Of the files that hold queries: stores, and what they share. */
const storeFunctions = async (): Promise<Map<string, Store>> => {
  const files = readdirSync(FOLDER).filter((file) =>
    /-store|inbox-lock|connect-|start-/.test(file),
  );
  const found = new Map<string, Store>();
  for (const file of files) {
    const module: Record<string, unknown> = await import(new URL(file, FOLDER).href);
    for (const [name, value] of Object.entries(module)) {
      if (typeof value !== 'function') continue;
      found.set(found.has(name) ? `${file}:${name}` : name, value as Store);
    }
  }
  return found;
};

/** Somebody in one of the roles; a worker is bound to an inbox. */
interface Asker {
  who: string;
  role: string;
  settings?: Record<string, string>;
  inbox: InboxRow;
}

let database: TestDatabase;
/** As the superuser, who becomes whoever asks and looks afterwards at what came of it. */
let owner: Database;
let stores: Map<string, Store>;
let alices: Asked;
/** As many ids of nothing. */
let nobodys: Asked;
/** How all of Alice's looks. */
let untouched: string;
let others: Asker[];
let owners: Asker[];
let nobody: Asker;

beforeAll(async () => {
  database = await createTestDatabase();
  const his = Buffer.from('his');
  const seal = () => ({ profileCt: his, tokensCt: his, cursorCt: his });
  await connect(database, BOB, { seal });
  const lost = await connect(database, ALICE, { mailbox: 'lost' });
  const everything = await seedEverything(database);
  await database.sql(PREPARED);
  const [ids] = await database.sql<Omit<Asked, keyof Everything | 'inboxId'>>(IDS);
  if (!ids) throw new Error('nothing was seeded');
  alices = { ...everything, inboxId: everything.inbox.inboxId, ...ids };
  nobodys = strangersOf(alices);
  owner = await Database.open({ url: database.ownerUrl, poolMax: 1 });
  untouched = await owner.asNobody(snapshot);
  stores = await storeFunctions();
  const rowOf = (id: string) => owner.asNobody((tx) => mustGetInbox(tx, id));
  const bobs = await rowOf((await database.api.asUser(BOB, listInboxes))[0]?.id ?? '');
  const [hers, former] = [await rowOf(alices.inboxId), await rowOf(alices.former.inboxId)];
  const user = (who: string, { orgId, userId }: User, inbox: InboxRow, roles = ''): Asker => ({
    ...{ who, role: API_ROLE, inbox },
    settings: { 'app.org_id': orgId, 'app.user_id': userId, 'app.roles': roles },
  });
  const worker = (who: string, inbox: InboxRow): Asker => ({
    ...{ who, role: WORKER_ROLE, inbox },
    settings: { 'app.org_id': inbox.orgId, 'app.inbox_id': inbox.id },
  });
  nobody = { who: 'nobody', role: API_ROLE, inbox: bobs };
  others = [
    user('a teammate', BOB, bobs),
    user('a namesake in another org', OTHER_ALICE, bobs, 'admin'),
    nobody,
    worker('the worker, in a teammate’s inbox', bobs),
    { who: 'a worker in no inbox', role: WORKER_ROLE, inbox: bobs },
  ];
  owners = [
    user('Alice', ALICE, hers, 'admin'),
    worker('the worker, in her inbox', hers),
    worker('the worker, in her former inbox', former),
    worker('the worker, in one that lost its grant', await rowOf(lost.inboxId)),
    { who: 'an operator', role: OPS_ROLE, inbox: hers },
  ];
});
afterAll(async () => {
  await owner?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const strangersOf = (asked: Asked): Asked =>
  JSON.parse(
    JSON.stringify({ ...asked, deliverySeq: 999_999, commandId: 999_999 }).replaceAll(UUID, () =>
      crypto.randomUUID(),
    ),
  );

/** All of Alice's, but for the audit log, to which everybody adds what they did themselves. */
const snapshot = async (tx: Tx): Promise<string> => {
  const tables = await tx.sql<{ name: string; owned: boolean }>(
    `select c.relname as name, bool_or(a.attname = 'user_id') as owned
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname in ('user_id', 'inbox_id')
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'audit_log'
     group by 1`,
  );
  const selects = tables.map(
    ({ name, owned }) =>
      `select '${name}' as name, md5(string_agg(t::text, '' order by t::text)) as rows from ${name} t
       where ${
         owned
           ? "user_id = 'alice' and org_id = 'acme'"
           : `inbox_id in (select id from inboxes
         where user_id = 'alice' and org_id = 'acme')`
       }`,
  );
  return JSON.stringify(await tx.sql(`${selects.join(' union all ')} order by 1`));
};

const told = (answer: unknown): string =>
  JSON.stringify(answer instanceof Map ? [...answer] : (answer ?? null), (_key, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  );

/** Ids and times aside, which differ from one time to the next. */
const alike = (text: string): string =>
  text
    .replaceAll(UUID, 'id')
    .replaceAll(/\d{13}|\d+\.\d+/g, 'time')
    .replaceAll(/"id":\d+/g, '"id":n');

interface Answer {
  told: string;
  changed: boolean;
}

class TakenBack extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('taken back');
    this.answer = answer;
  }
}

/** Runs a store's function as somebody and takes back what it did. */
const ask = (asker: Asker, name: string, args: unknown[]): Promise<Answer> =>
  owner
    .asNobody(async (tx) => {
      const settings = Object.entries({ ...asker.settings, role: asker.role });
      await Promise.all(
        settings.map((setting) => tx.sql('select set_config($1, $2, true)', setting)),
      );
      const bound = { ...tx, statement: tx.sql, inbox: asker.inbox, exclusive: true };
      const answer = told(await stores.get(name)?.(bound, ...args));
      await tx.sql("select set_config('role', 'none', true)");
      // Of a transaction that has written: looking at every table each time would take minutes.
      const [{ wrote } = { wrote: true }] = await tx.sql<{ wrote: boolean }>(
        'select pg_current_xact_id_if_assigned() is not null as wrote',
      );
      throw new TakenBack({ told: answer, changed: wrote && (await snapshot(tx)) !== untouched });
    })
    .catch((error) =>
      error instanceof TakenBack
        ? error.answer
        : { told: `refused: ${error.sqlState ?? error}`, changed: false },
    );

/** Of Alice's, and in nothing that was asked with. */
const CONTENT = ['envelope m1', 'body m1', '"tokens"', '"profile"', '"cursor"'];

const faultsOf = async (asker: Asker, name: string, args: Args): Promise<string[]> => {
  const answer = await ask(asker, name, args(alices));
  const faults: string[] = [];
  if (answer.changed) faults.push('changed rows');
  if (CONTENT.some((content) => answer.told.includes(content))) faults.push('told content');
  // Where something is told at all, it is what is told of what there is not.
  if (!/^(?:null|false|0|\[\]|refused: .*)$/.test(answer.told)) {
    const ofNothing = await ask(asker, name, args(nobodys));
    if (alike(answer.told) !== alike(ofNothing.told)) faults.push(`told ${alike(answer.told)}`);
  }
  return faults.map((fault) => `${name} for ${asker.who}: ${fault}`);
};

const walk = async (names: readonly string[]): Promise<string[]> => {
  const faults: string[] = [];
  const calls = named(CALLS);
  for (const name of names) {
    const args = calls.get(name) as Args;
    for (const asker of others) {
      if (OF_THE_ORG.includes(name) && asker.settings?.['app.org_id'] === ALICE.orgId) continue;
      faults.push(...(await faultsOf(asker, name, args)));
    }
  }
  return faults;
};

describe('every function of a store, asked by others', () => {
  test('is listed above', () => {
    const listed = [...named([...CALLS, ...ACROSS]).keys(), ...OF_NOBODY.split(' ')];
    expect([...stores.keys()].filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed.filter((name) => !stores.has(name))).toEqual([]);
  });

  test('does something for whom it serves, or asking the others would show nothing', async () => {
    const idle: string[] = [];
    for (const [name, args] of named(CALLS)) {
      const strangers = await ask(nobody, name, args(alices));
      const serves = ({ told, changed }: Answer): boolean =>
        changed || (!told.startsWith('refused') && alike(told) !== alike(strangers.told));
      const answers: Answer[] = [];
      for (const asker of owners) {
        if (!answers.some(serves)) answers.push(await ask(asker, name, args(alices)));
      }
      if (!answers.some(serves))
        idle.push(`${name}: ${answers.map(({ told }) => told).join(', ')}`);
    }
    expect(idle).toEqual([]);
  });

  test('I5 P3 B6 tells nobody of another’s and changes nothing of it', async () => {
    expect(await walk([...named(CALLS).keys()])).toEqual([]);
  });

  test('serves across users with ids, kinds and counts alone', async () => {
    for (const [name, args] of named(ACROSS)) {
      for (const role of [API_ROLE, WORKER_ROLE]) {
        const answer = await ask({ ...nobody, role }, name, args(alices));
        expect([name, CONTENT.filter((content) => answer.told.includes(content))]).toEqual([
          name,
          [],
        ]);
      }
    }
  });

  test('is a walk that would find it: without row-level security, others are told', async () => {
    const open = ['inboxes', 'messages', 'verdicts'];
    for (const table of open) await database.sql(`alter table ${table} disable row level security`);
    const readers = ['getInbox', 'listInboxes', 'getMessage', 'countStored', 'findVerdictsByRfcId'];
    const found = (await walk([...readers, 'saveOwnProfile'])).join('\n');
    for (const table of open) await database.sql(`alter table ${table} enable row level security`);
    for (const name of readers) expect(found).toContain(`${name} for a teammate: told`);
    expect(found).toContain('saveOwnProfile for a teammate: changed rows');
  });
});
