import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  below,
  type FolderCursor,
  followFolders,
  mergeRows,
} from '../../../providers/graph/cursor.ts';
import { FolderTree } from '../../../providers/graph/folder-tree.ts';

const full = (id: string, more: object = {}) => ({
  id,
  receivedDateTime: '2026-06-01T10:00:00Z',
  isDraft: false,
  ...more,
});
const removed = (id: string, reason = 'changed') => ({ id, '@removed': { reason } });

describe('delta rows of messages (B2)', () => {
  it('the last row of a message wins, and partial rows are laid over whole ones', () => {
    expect(mergeRows([[full('a'), { id: 'a', isRead: true }, full('b'), removed('b')]])).toEqual({
      heads: [full('a', { isRead: true })],
      unsure: ['b'],
    });
  });

  it('a move is a row in one folder and a removal in the other, in any order', () => {
    for (const rounds of [
      [[removed('a')], [full('a')]],
      [[full('a')], [removed('a')]],
    ]) {
      expect(mergeRows(rounds)).toEqual({ heads: [full('a')], unsure: [] });
    }
  });

  it('read marks and flags of known messages are no change; a draft that was sent is', () => {
    const rows = [
      { id: 'a', isRead: true },
      { id: 'b', flag: {} },
      { id: 'c', isDraft: false },
    ];
    expect(mergeRows([rows])).toEqual({ heads: [], unsure: ['c'] });
  });

  /** What happens to a few messages among three folders between two polls. */
  const events = fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), to: fc.nat(3), kind: fc.nat(2) }),
    { maxLength: 25 },
  );

  it('every message that came or moved is told of or asked for, whatever is repeated', () => {
    fc.assert(
      fc.property(events, fc.array(fc.nat(1_000)), (happened, repeats) => {
        const rounds: object[][] = [[], [], []];
        const place = new Map<string, number>();
        const touched = new Set<string>();
        for (const { id, to, kind } of happened) {
          const at = place.get(id);
          if (kind === 2 && at !== undefined) {
            rounds[at]?.push({ id, isRead: true });
            continue;
          }
          if (at !== undefined) rounds[at]?.push(removed(id, to === 3 ? 'deleted' : 'changed'));
          place.delete(id);
          if (to < 3) {
            rounds[to]?.push(full(id));
            place.set(id, to);
          }
          if (at !== undefined || to < 3) touched.add(id);
        }
        for (const repeat of repeats) {
          const rows = rounds[repeat % 3] ?? [];
          const row = rows.at(-1);
          if (row) rows.push(row);
        }
        const { heads, unsure } = mergeRows(rounds);
        const told = heads.map(({ id }) => String(id));
        expect(new Set([...told, ...unsure])).toEqual(touched);
        expect(new Set(told).size + unsure.length).toBe(touched.size);
        // Nothing that was anywhere at the end is taken from its folder's word to be gone.
        for (const id of place.keys()) expect(told).toContain(id);
      }),
      { numRuns: 500 },
    );
  });
});

const node = (id: string, parentId: string | null): FolderCursor => ({
  id,
  parentId,
  link: `link of ${id}`,
  whole: false,
});

describe('the list of folders (D2.12)', () => {
  it('tells what came or lies elsewhere with all that is below, and forgets what is gone', () => {
    const known = [node('a', null), node('a1', 'a'), node('b', null), node('old', null)];
    const rows = [
      { id: 'a', parentFolderId: 'b' },
      { id: 'new', parentFolderId: 'a' },
      { id: 'b', displayName: 'renamed' },
      { id: 'old', '@removed': { reason: 'deleted' } },
      { id: 's', parentFolderId: 'b', '@odata.type': '#microsoft.graph.mailSearchFolder' },
    ];
    const { folders, relist } = followFolders(known, rows);
    expect(folders).toEqual([
      node('a', 'b'),
      node('a1', 'a'),
      node('b', null),
      { id: 'new', parentId: 'a', link: null, whole: false },
    ]);
    expect(relist.toSorted()).toEqual(['a', 'a1', 'new']);
  });

  const rows = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      parent: fc.nat(5),
      gone: fc.boolean(),
    }),
    { maxLength: 20 },
  );
  const toRow = ({ id, parent, gone }: { id: string; parent: number; gone: boolean }) =>
    gone
      ? { id, '@removed': { reason: 'deleted' } }
      : { id, parentFolderId: ['a', 'b', 'c', 'd', 'e', 'root'][parent] };

  it('comes to the same folders however often a round is told, and keeps every link', () => {
    fc.assert(
      fc.property(rows, (changes) => {
        const known = [node('a', null), node('b', 'a')];
        const told = changes.map(toRow);
        const once = followFolders(known, told);
        const twice = followFolders(once.folders, told);
        expect(twice.folders.map(({ id, parentId }) => [id, parentId]).toSorted()).toEqual(
          once.folders.map(({ id, parentId }) => [id, parentId]).toSorted(),
        );
        const gone = new Set(told.filter((row) => '@removed' in row).map(({ id }) => id));
        for (const { id, link } of once.folders) {
          if (known.some((one) => one.id === id) && !gone.has(id))
            expect(link).toBe(`link of ${id}`);
        }
        const ids = new Set(once.folders.map(({ id }) => id));
        for (const id of once.relist) expect(ids.has(id)).toBe(true);
      }),
    );
  });

  it('a ring of folders, which no mailbox has, hangs nothing', () => {
    const ring = [node('a', 'b'), node('b', 'a')];
    expect(below(ring, new Set(['a'])).toSorted()).toEqual(['a', 'b']);
    const tree = new FolderTree(ring, {});
    expect(tree.pathOf('a')).toEqual(['a', 'b']);
    expect(tree.stateOf('a')).toBe('mail');
  });

  it('a folder in the bin is in the bin, whatever its name', () => {
    const tree = new FolderTree([node('bin', null), node('deep', 'sub'), node('sub', 'bin')], {
      bin: 'trash',
    });
    expect(tree.stateOf('deep')).toBe('trash');
    expect(tree.pathOf('deep')).toEqual(['deep', 'sub', 'bin']);
    expect(tree.stateOf('unknown')).toBe('mail');
  });
});
