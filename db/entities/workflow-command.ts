import { defineEntity, p } from '@mikro-orm/postgresql';
import { COMMAND_KINDS } from './enums.ts';

/** What the API has decided and Temporal must be told. */
export const WorkflowCommand = defineEntity({
  name: 'WorkflowCommand',
  tableName: 'workflow_commands',
  properties: {
    id: p.bigint('number').primary().generated('identity'),
    inboxId: p.uuid(),
    kind: p.enum(COMMAND_KINDS),
    epoch: p.integer(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});
