import { one, type Tx } from './tx.ts';

export type CommandKind = 'open' | 'wake' | 'close' | 'delete';

/** What Temporal must be told. Telling it twice does no harm; `id` is for `commandDone`. */
export interface WorkflowCommand {
  id: number;
  inboxId: string;
  kind: CommandKind;
  epoch: number;
}

/** In the transaction that decides, so that a decision is never left untold. */
export const insertCommand = async (
  tx: Tx,
  { inboxId, kind, epoch }: Omit<WorkflowCommand, 'id'>,
): Promise<number> => {
  const rows = await tx.sql<{ id: string }>(
    'insert into workflow_commands (inbox_id, kind, epoch) values ($1, $2, $3) returning id',
    [inboxId, kind, epoch],
  );
  return Number(one(rows).id);
};

/** Wakes every connected inbox of the org that the transaction is opened for. */
export const wakeInboxesOfOrg = async (tx: Tx): Promise<WorkflowCommand[]> =>
  (await tx.sql<CommandRecord>('select * from wake_inboxes_of_org()')).map(toCommand);

/** Commands not done after `olderThanMs`, oldest first, at most 500: somebody died before telling. */
export const openCommands = async (tx: Tx, olderThanMs: number): Promise<WorkflowCommand[]> => {
  const rows = await tx.sql<CommandRecord>(
    "select * from open_workflow_commands($1 * interval '1 millisecond')",
    [olderThanMs],
  );
  return rows.map(toCommand);
};

export const commandDone = async (tx: Tx, id: number): Promise<void> => {
  await tx.sql('select workflow_command_done($1)', [id]);
};

interface CommandRecord {
  id: string;
  inbox_id: string;
  kind: CommandKind;
  epoch: number;
}

const toCommand = ({ id, inbox_id, kind, epoch }: CommandRecord): WorkflowCommand => ({
  id: Number(id),
  inboxId: inbox_id,
  kind,
  epoch,
});
