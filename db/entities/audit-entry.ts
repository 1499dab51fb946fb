import { defineEntity, p } from '@mikro-orm/postgresql';

/** Who did what, and when: append-only, and no key into other tables, as it outlives their rows. */
export const AuditEntry = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_log',
  properties: {
    id: p.uuid().primary(),
    at: p.datetime(3).defaultRaw('now()'),
    orgId: p.text(),
    actorId: p.text().nullable(),
    ownerId: p.text(),
    act: p.text(),
    inboxId: p.uuid().nullable(),
    subject: p.text().nullable(),
    count: p.integer().nullable(),
    readHour: p.datetime(3).nullable(),
  },
  indexes: [
    {
      name: 'audit_log_once_an_hour',
      expression: (columns, table, name) =>
        `create unique index "${name}" on ${table} (${columns.orgId}, ${columns.actorId}, ${columns.act}, ${columns.inboxId}, ${columns.subject}, ${columns.readHour}) nulls not distinct where ${columns.readHour} is not null`,
    },
    {
      name: 'audit_log_of_org',
      expression: (columns, table, name) =>
        `create index "${name}" on ${table} (${columns.orgId}, ${columns.at} desc, ${columns.id} desc)`,
    },
    {
      name: 'audit_log_of_actor',
      expression: (columns, table, name) =>
        `create index "${name}" on ${table} (${columns.orgId}, ${columns.actorId}, ${columns.at} desc, ${columns.id} desc)`,
    },
    {
      name: 'audit_log_of_owner',
      expression: (columns, table, name) =>
        `create index "${name}" on ${table} (${columns.orgId}, ${columns.ownerId}, ${columns.at} desc, ${columns.id} desc)`,
    },
  ],
});
