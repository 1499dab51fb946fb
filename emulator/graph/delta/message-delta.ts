import type { GraphCall } from '../call.ts';
import { badRequest, GraphError, unsupportedInDelta } from '../errors.ts';
import { contextOf } from '../links.ts';
import { MessageView, toEntity } from '../message/entity.ts';
import { entityOptions } from '../methods/shared.ts';
import { parseFilter } from '../query/filter.ts';
import { readInt, readSelect } from '../query/params.ts';
import type { Folder } from '../store/folders.ts';
import type { OutlookItem } from '../store/item.ts';
import { changeRows, passes, type RowContext } from './message-rows.ts';
import { type DeltaState, linkOf, pageSizeOf, readState, requireFresh } from './state.ts';

const UNSUPPORTED: readonly string[] = ['$search', '$skip', '$count'];

/** GET /me/mailFolders/{id}/messages/delta */
export const messageDelta = (call: GraphCall, folder: Folder) => {
  const { outlook, settings } = call.account;
  const given = readState(call);
  if (given) {
    const { deltaEpoch: epoch, deltaExpiry: expiry } = folder;
    requireFresh(call, given, folder.id, { epoch, expiry });
  }
  const state = given ? resume(call, given) : begin(call, folder);
  const context: RowContext = {
    outlook,
    folder,
    settings,
    immutableIds: call.prefer.immutableIds,
    entity: { ...entityOptions(call), select: state.select },
    state,
  };
  const { rows, next, ended } = cutPage(call, context);
  return {
    headers: { 'preference-applied': [...call.prefer.applied, 'odata.track-changes'].join(', ') },
    json: {
      '@odata.context': contextOf(call, `mailFolders('${folder.id}')/messages/$delta`),
      ...linkOf(call, next, ended),
      value: rows,
    },
  };
};

const begin = (call: GraphCall, folder: Folder): DeltaState => {
  const { query, account } = call;
  if (query.get('$deltatoken') === 'latest') throw badRequest('Badly formed token.');
  const refused = UNSUPPORTED.filter((name) => query.has(name));
  if (refused.length > 0) throw unsupportedInDelta(refused);
  const orderBy = query.get('$orderby');
  if (orderBy !== null && !/^receivedDateTime[\s+]+desc$/i.test(orderBy.trim())) {
    throw unsupportedInDelta(['$orderby']);
  }
  const changeType = query.get('changeType')?.toLowerCase() ?? null;
  if (changeType !== null && !/^(created|updated|deleted)$/.test(changeType)) {
    throw badRequest(`Invalid changeType '${changeType}'.`);
  }
  return {
    scope: folder.id,
    epoch: folder.deltaEpoch,
    kind: 'list',
    since: account.outlook.seq,
    until: account.outlook.seq,
    after: null,
    sent: 0,
    empty: account.settings.emptyDeltaPages,
    select: readSelect(query),
    top: query.has('$top') ? readInt(query, '$top', 10, [1, 1000]) : null,
    from: readFrom(query.get('$filter')),
    changeType,
    asked: [...query].filter(([name]) => name !== '$deltatoken'),
  };
};

/** @throws GraphError for any filter but `receivedDateTime ge|gt …` */
const readFrom = (filter: string | null): DeltaState['from'] => {
  if (filter === null) return null;
  const node = parseFilter(filter);
  const fits =
    node.type === 'compare' &&
    node.property.toLowerCase() === 'receiveddatetime' &&
    (node.operator === 'ge' || node.operator === 'gt') &&
    typeof node.value === 'number';
  if (!fits) {
    const message = 'The query specified in the URI is not valid for change tracking.';
    throw new GraphError(400, 'ErrorInvalidUrlQuery', message);
  }
  return { ms: Number(node.value), inclusive: node.operator === 'ge' };
};

/** A delta link starts a round up to now; a next link goes on with the round it belongs to. */
const resume = (call: GraphCall, state: DeltaState): DeltaState => {
  if (!call.query.has('$deltatoken')) return state;
  const { outlook, settings } = call.account;
  const empty = settings.emptyDeltaPages;
  return { ...state, kind: 'changes', until: outlook.seq, sent: 0, empty };
};

interface Page {
  rows: Record<string, unknown>[];
  next: DeltaState;
  ended: boolean;
}

const cutPage = (call: GraphCall, context: RowContext): Page => {
  const { state } = context;
  if (state.empty > 0)
    return { rows: [], next: { ...state, empty: state.empty - 1 }, ended: false };
  const size = pageSizeOf(call, state);
  return state.kind === 'list' ? listPage(call, context, size) : changesPage(context, size);
};

/** What is in the folder, newest first; with a filter it ends at 5,000 as if there were no more. */
const listPage = (call: GraphCall, context: RowContext, size: number): Page => {
  const { state, folder, outlook, entity, settings } = context;
  const all = outlook.sorted(folder);
  const start = state.after === null ? 0 : firstAfter(all, state.after);
  const cut = state.from === null ? Infinity : call.context.limits.filteredDelta - state.sent;
  const wanted = all.slice(start, start + Math.min(size, Math.max(0, cut)) + 1);
  const matching = wanted.filter((item) => passes(state, item.message.internalDate));
  const items = matching.slice(0, Math.min(size, cut));
  const last = items.at(-1);
  const sent = state.sent + items.length;
  const ended = matching.length <= items.length || items.length >= cut;
  const after: DeltaState['after'] = last
    ? [last.message.internalDate, last.message.ordinal]
    : state.after;
  const repeated = settings.repeatDeltaRows && start > 0 ? all[start - 1] : undefined;
  const listed = state.changeType === null || state.changeType === 'created';
  const shown = listed ? [...(repeated ? [repeated] : []), ...items] : [];
  const rows = shown.map((item) => toEntity(new MessageView(item, entity)));
  return { rows, next: { ...state, after, sent }, ended };
};

/** Items are sorted newest first; the position of one that is gone is where it would be. */
const firstAfter = (items: readonly OutlookItem[], [ms, ordinal]: [number, number]): number => {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const message = items[middle]?.message;
    const before =
      message !== undefined &&
      (message.internalDate > ms || (message.internalDate === ms && message.ordinal >= ordinal));
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
};

const changesPage = (context: RowContext, size: number): Page => {
  const { state, settings } = context;
  const all = changeRows(context);
  const rows = all.slice(state.sent, state.sent + size);
  const repeated = settings.repeatDeltaRows && state.sent > 0 ? all[state.sent - 1] : undefined;
  const sent = state.sent + rows.length;
  const ended = sent >= all.length;
  const next = ended ? { ...state, since: state.until, sent: 0 } : { ...state, sent };
  return { rows: repeated ? [repeated, ...rows] : rows, next, ended };
};
