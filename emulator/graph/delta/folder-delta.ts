import type { GraphCall } from '../call.ts';
import { contextOf } from '../links.ts';
import { folderEntity, selectFolder } from '../methods/folder-entity.ts';
import { readFlag, readSelect } from '../query/params.ts';
import type { Folder } from '../store/folders.ts';
import { windowOf } from './message-rows.ts';
import { type DeltaState, linkOf, pageSizeOf, readState, requireFresh } from './state.ts';

/** GET /me/mailFolders/delta: every folder of the tree, then what became of them. */
export const folderDelta = (call: GraphCall) => {
  const { outlook, settings } = call.account;
  const given = readState(call);
  const { foldersEpoch: epoch, foldersExpiry: expiry } = outlook;
  if (given) requireFresh(call, given, '', { epoch, expiry });
  const state: DeltaState = given ? resume(call, given) : begin(call, epoch);
  const { folders } = outlook;
  const hidden = state.changeType === 'hidden';
  const shown = (folder: Folder) => folder !== folders.root && (hidden || !folder.isHidden);
  const all = state.kind === 'list' ? folders.all().filter(shown) : changed(call, state, shown);
  const size = pageSizeOf(call, { ...state, top: state.top ?? 100 });
  const page = state.empty > 0 ? [] : all.slice(state.sent, state.sent + size);
  const sent = state.sent + page.length;
  const ended = state.empty === 0 && sent >= all.length;
  const next: DeltaState = ended
    ? { ...state, since: state.until, sent: 0, empty: settings.emptyDeltaPages }
    : { ...state, sent, empty: Math.max(0, state.empty - 1) };
  return {
    json: {
      '@odata.context': contextOf(call, 'mailFolders/$delta'),
      ...linkOf(call, next, ended),
      value: page.map((one) =>
        'removed' in one ? one.row : selectFolder(folderEntity(outlook, one), state.select),
      ),
    },
  };
};

interface Removed {
  removed: true;
  row: Record<string, unknown>;
}

const begin = ({ account, query }: GraphCall, epoch: number): DeltaState => ({
  scope: '',
  epoch,
  kind: 'list',
  since: account.outlook.seq,
  until: account.outlook.seq,
  after: null,
  sent: 0,
  empty: account.settings.emptyDeltaPages,
  select: readSelect(query, (name) => name, 'mailFolder'),
  top: query.has('$top') ? Number(query.get('$top')) : null,
  from: null,
  changeType: readFlag(query, 'includeHiddenFolders') ? 'hidden' : null,
  asked: [...query].filter(([name]) => name !== '$deltatoken'),
});

const resume = (call: GraphCall, state: DeltaState): DeltaState =>
  call.query.has('$deltatoken')
    ? { ...state, kind: 'changes', until: call.account.outlook.seq, sent: 0 }
    : state;

const changed = (
  { account }: GraphCall,
  state: DeltaState,
  shown: (folder: Folder) => boolean,
): (Folder | Removed)[] => {
  const { folders } = account.outlook;
  const ids = new Set(windowOf(folders.log, state).map(({ folderId }) => folderId));
  return [...ids].map((id): Folder | Removed => {
    const folder = folders.find(id);
    if (folder && shown(folder)) return folder;
    // A folder that was hidden is as gone as one that was deleted.
    return { removed: true, row: { id, '@removed': { reason: folder ? 'changed' : 'deleted' } } };
  });
};
