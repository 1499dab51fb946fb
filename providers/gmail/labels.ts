import type { gmail_v1 } from '@googleapis/gmail';
import type { ScopeChoice } from '../mail-provider.ts';

/**
 * System labels a user may want as scope, in this order. Left out: what is never stored (SPAM,
 * TRASH, DRAFT, CHAT) and marks that change with every click (UNREAD, coloured stars).
 */
const SYSTEM_NAMES: ReadonlyMap<string, string> = new Map([
  ['INBOX', 'Inbox'],
  ['SENT', 'Sent'],
  ['STARRED', 'Starred'],
  ['IMPORTANT', 'Important'],
  ['CATEGORY_PERSONAL', 'Primary'],
  ['CATEGORY_SOCIAL', 'Social'],
  ['CATEGORY_PROMOTIONS', 'Promotions'],
  ['CATEGORY_UPDATES', 'Updates'],
  ['CATEGORY_FORUMS', 'Forums'],
]);

/** The user's own labels by name, then the system ones. */
export const toScopeChoices = (labels: gmail_v1.Schema$Label[]): ScopeChoice[] => {
  const own: ScopeChoice[] = [];
  const present = new Set<string>();
  for (const { id, name, type } of labels) {
    if (!id) continue;
    present.add(id);
    if (type === 'user') own.push({ kind: 'label', id, name: name || id, system: false });
  }
  own.sort((a, b) => a.name.localeCompare(b.name));
  const system = [...SYSTEM_NAMES].filter(([id]) => present.has(id));
  return [
    ...own,
    ...system.map(([id, name]): ScopeChoice => ({ kind: 'label', id, name, system: true })),
  ];
};
