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
    dueAt: p.datetime(3).defaultRaw('now()'),
    requestedAt: p.datetime(3).defaultRaw('now()'),
    plannedAt: p.datetime(3).nullable(),
    plannedVersion: p.bigint('number').defaultRaw('0'),
    finishedAt: p.datetime(3).nullable(),
    notifiedAt: p.datetime(3).nullable(),
    receipt: p.json<Receipt>().nullable(),
  },
  indexes: [
    {
      name: 'backfills_due',
      properties: ['inbox', 'dueAt'],
      where: "state in ('requested', 'running')",
    },
  ],
});
