import type { OutlookSettings } from '../context.ts';
import { type EntityOptions, MessageView, toEntity, toPartial } from '../message/entity.ts';
import type { Folder, MessageLogEntry } from '../store/folders.ts';
import type { Outlook } from '../store/outlook.ts';
import type { DeltaState } from './state.ts';

export interface RowContext {
  outlook: Outlook;
  folder: Folder;
  settings: OutlookSettings;
  immutableIds: boolean;
  entity: EntityOptions;
  state: DeltaState;
}

type Row = Record<string, unknown>;

/** The entries of a log after `since`, up to `until`. */
export const windowOf = <T extends { seq: number }>(log: readonly T[], state: DeltaState): T[] => {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.seq ?? 0) <= state.since) low = middle + 1;
    else high = middle;
  }
  const rest = log.slice(low);
  return rest.filter(({ seq }) => seq <= state.until);
};

/**
 * What happened to each message of a folder, one row per id. With immutable ids a message has one
 * row however often it came and went; with ordinary ids each stay has an id of its own.
 */
export const changeRows = (context: RowContext): Row[] => {
  const groups = new Map<string, MessageLogEntry[]>();
  for (const entry of windowOf(context.folder.log, context.state)) {
    const key = context.immutableIds ? entry.messageId : `${entry.messageId} ${entry.moves}`;
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()].flatMap((entries) => {
    const row = rowOf(context, entries);
    return row ? [row] : [];
  });
};

const rowOf = (context: RowContext, entries: readonly MessageLogEntry[]): Row | null => {
  const [first, last] = [entries[0], entries.at(-1)];
  if (!first || !last) return null;
  const { changeType } = context.state;
  const wants = (kind: string) => changeType === null || changeType === kind;
  const item = context.outlook.item(last.messageId);
  const here = item?.folder === context.folder;
  // Known hazard: a message that left and came back between two polls is only ever reported as
  // removed (microsoft-graph-docs-contrib#72).
  const lost = first.kind === 'removed' && context.settings.loseReturningMessages;
  if (last.kind === 'removed' || !item || !here || (context.immutableIds && lost)) {
    return wants('deleted') ? removedRow(context, last) : null;
  }
  const created = entries.some(({ kind }) => kind === 'created');
  const fields = [...new Set(entries.flatMap((entry) => entry.fields))];
  if (
    !passes(context.state, item.message.internalDate) &&
    !(fields.includes('isRead') && !created)
  ) {
    return null;
  }
  if (!wants(created ? 'created' : 'updated')) return null;
  const view = new MessageView(item, context.entity);
  return created || !context.settings.partialDeltaRows ? toEntity(view) : toPartial(view, fields);
};

export const passes = ({ from }: DeltaState, ms: number): boolean =>
  from === null || (from.inclusive ? ms >= from.ms : ms > from.ms);

const removedRow = (
  { outlook, settings, immutableIds }: RowContext,
  entry: MessageLogEntry,
): Row => {
  const exists = outlook.item(entry.messageId) !== undefined;
  const changed = settings.removedReason === 'documented' && exists;
  return {
    '@odata.type': '#microsoft.graph.message',
    id: immutableIds ? entry.messageId : outlook.ids.rest(entry.messageId, entry.moves),
    '@removed': { reason: changed ? 'changed' : 'deleted' },
  };
};
