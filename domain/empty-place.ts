import type { Scope } from './scope.ts';

/**
 * What to tell of a label or folder whose import has found no email with contacts: the email may
 * lie below it. Said of every such place, as the providers' lists do not count what lies below.
 * @returns null where nothing below a place is left out
 */
export function emptyPlaceWords(scope: Scope): string | null {
  if (scope.kind === 'label') {
    return 'No email with your contacts was found under the label you chose. Email under the labels nested below it is not included: to sync that, choose the nested label itself, or everything with contacts.';
  }
  if (scope.kind === 'folder' && !scope.includeSubfolders) {
    return 'No email with your contacts was found in the folder you chose. Email in the folders below it is not included: to sync that, choose the folder again with “And the folders below it”, another folder, or everything with contacts.';
  }
  return null;
}
