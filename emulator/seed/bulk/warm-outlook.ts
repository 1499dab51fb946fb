import { mailIndexOf } from '../../graph/search/search.ts';
import type { Outlook } from '../../graph/store/outlook.ts';

/** After a seed: its messages are no changes, and the first search need not build the index. */
export const warmOutlook = (outlook: Outlook): void => {
  outlook.forgetLogs();
  outlook.sorted(null);
  mailIndexOf(outlook.mailbox).find('participants', 'warm up');
};
