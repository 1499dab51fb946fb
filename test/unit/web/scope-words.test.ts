import { describe, expect, it } from 'vitest';
import { inPlace, keptWords, scopeWords } from '../../../web/scope-words.ts';

const EVERYTHING = { scope: { kind: 'contacts' }, scopeName: null } as const;
const LABEL = { scope: { kind: 'label', labelId: 'l' }, scopeName: 'Clients/Acme' } as const;
const folder = (includeSubfolders: boolean) =>
  ({
    scope: { kind: 'folder', folderId: 'f', includeSubfolders },
    scopeName: 'Clients',
  }) as const;

describe('P6 what is synced, in words', () => {
  it('names the label or folder, and whether those below it come with it', () => {
    expect(scopeWords(EVERYTHING)).toBe('everything with contacts');
    expect(scopeWords(LABEL)).toBe('email with contacts in the label Clients/Acme');
    expect(scopeWords(folder(false))).toBe('email with contacts in the folder Clients');
    expect(inPlace(folder(true))).toBe(' in the folder Clients and the folders below it');
    expect(inPlace(EVERYTHING)).toBe('');
  });

  it('P10 says what a reconnect keeps, also once the name is deleted', () => {
    expect(keptWords({ ...LABEL, scopeName: null })).toMatch(
      /stays as it was chosen, .*: email with contacts in the label you chose$/,
    );
    expect(keptWords({ scope: { kind: 'unchosen' }, scopeName: null })).toMatch(/^nothing of it/);
  });
});
