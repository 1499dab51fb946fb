import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Receipt } from '../../domain/verdict.ts';
import { BACKFILL_KINDS, BACKFILL_STATES } from './enums.ts';
import { Inbox } from './inbox.ts';

export const Backfill = defineEntity({
  name: 'Backfill',
  tableName: 'backfills',
  properties: {
    inbox: () =>
      p.manyToOne(Inbox).primary().updateRule('no action').deleteRule('cascade').index(false),
    n: p.integer().primary(),
    kind: p.enum(BACKFILL_KINDS),
    state: p.enum(BACKFILL_STATES),
    windowFrom: p.datetime(3),
    windowTo: p.datetime(3),
    /** Contact addresses with seq in (seqAfter, seqUpto]. */
    seqAfter: p.bigint('number').defaultRaw('0'),
    seqUpto: p.bigint('number'),
    gapId: p.uuid().nullable(),
    /** The backfill whose failures and missing parts this one goes through again. */
    replays: p.integer().nullable(),
    /** Type of the failure that ended it, such as RequestRefused. */
    failure: p.text().nullable(),
    dueAt: p.datetime(3).defaultRaw('now()'),
    requestedAt: p.datetime(3).defaultRaw('now()'),
    plannedAt: p.datetime(3).nullable(),
    plannedVersion: p.bigint('number').defaultRaw('0'),
    finishedAt: p.datetime(3).nullable(),
    notifiedAt: p.datetime(3).nullable(),
    receipt: p.json<Receipt>().nullable(),
  },
  uniques: [
    { name: 'backfills_replays', properties: ['inbox', 'replays'], where: 'replays is not null' },
  ],
  indexes: [
    { name: 'backfills_by_outcome', properties: ['state', 'requestedAt'] },
    {
      name: 'backfills_due',
      properties: ['inbox', 'dueAt'],
      where: "state in ('requested', 'running')",
    },
  ],
});
