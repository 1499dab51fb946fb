import type { Scope } from './scope.ts';

/**
 * ` in the label …`, to follow what is looked for there.
 * @param name the provider's, where it is known
 * @returns empty where the scope is no label or folder
 */
export function placeWords(scope: Scope, name: string | null): string {
  if (scope.kind !== 'label' && scope.kind !== 'folder') return '';
  const place = ` in the ${scope.kind} ${name ?? 'you chose'}`;
  return scope.kind === 'folder' && scope.includeSubfolders
    ? `${place} and the folders below it`
    : place;
}
