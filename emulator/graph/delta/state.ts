import type { GraphCall } from '../call.ts';
import { badRequest, type GraphError, gone, syncStateNotFound } from '../errors.ts';
import { linkTo } from '../links.ts';
import { readToken, writeToken } from '../query/params.ts';
import type { DeltaExpiry } from '../store/folders.ts';

/** Where a delta round stands; travels in the token, so nothing is kept here. */
export interface DeltaState {
  /** Folder id, or '' for the folder delta. */
  scope: string;
  epoch: number;
  /** `list`: the first round, over what is there. `changes`: what happened after `since`. */
  kind: 'list' | 'changes';
  since: number;
  /** Changes up to here belong to this round. */
  until: number;
  /** Last item listed, by received time and ordinal. */
  after: [number, number] | null;
  /** Rows sent in this round. */
  sent: number;
  /** Empty pages still to come. */
  empty: number;
  select: string[] | null;
  top: number | null;
  from: { ms: number; inclusive: boolean } | null;
  changeType: string | null;
  /** Parameters of the first call, for the address in a 410. */
  asked: [string, string][];
}

/** The token of a call, or null on a first one. @throws GraphError for one nobody handed out */
export const readState = ({ query }: GraphCall): DeltaState | null => {
  const text = query.get('$skiptoken') ?? query.get('$deltatoken');
  if (text === null || text === '') return null;
  const value = readToken(text);
  if (!value || typeof value.scope !== 'string') throw badRequest('Badly formed token.');
  return value as unknown as DeltaState;
};

/** @throws GraphError when the token is older than what the mailbox remembers */
export const requireFresh = (
  call: GraphCall,
  state: DeltaState,
  scope: string,
  { epoch, expiry }: { epoch: number; expiry: DeltaExpiry },
): void => {
  if (state.scope !== scope) throw badRequest('Badly formed token.');
  if (state.epoch !== epoch) throw expired(call, state, expiry);
};

const expired = (call: GraphCall, state: DeltaState, expiry: DeltaExpiry): GraphError =>
  expiry === 'gone'
    ? gone(linkTo(call, call.path, [...state.asked, ['$deltatoken', '']]))
    : syncStateNotFound(expiry);

/** A page has the one link or the other, never both. */
export const linkOf = (call: GraphCall, state: DeltaState, ended: boolean) => {
  const token = writeToken(state, call.context.limits.deltaTokenBytes);
  return ended
    ? { '@odata.deltaLink': linkTo(call, call.path, [['$deltatoken', token]]) }
    : { '@odata.nextLink': linkTo(call, call.path, [['$skiptoken', token]]) };
};

export const pageSizeOf = ({ prefer, context }: GraphCall, { top }: DeltaState): number =>
  Math.min(prefer.maxPageSize ?? top ?? 10, context.limits.deltaPage);
