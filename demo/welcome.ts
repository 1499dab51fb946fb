import type { Product } from '../stack/product.ts';
import type { Stack } from '../stack/stack.ts';
import type { DemoMailbox } from './crm.ts';

/** What to open and what to try, once everything runs. */
export function welcome(demo: {
  stack: Stack;
  product: Product;
  token: string;
  mailbox: DemoMailbox;
}): string {
  const { stack, product, token, mailbox } = demo;
  const contact = mailbox.contacts[0];
  return `
Sambandh email sync is running.

  API             ${product.apiUrl}
  Documentation   ${product.apiUrl}/docs/email-sync
  Temporal UI     ${stack.temporal.uiUrl ?? 'of your own cluster'}
  Mail catcher    ${stack.smtp?.url ?? 'off'}
  Google (emulated) ${product.emulatorUrl}

Try this in another terminal:

  export API=${product.apiUrl} TOKEN=${token}

  # 1. Connect Maya's Gmail: open the printed address, press Allow.
  curl -s -c /tmp/sambandh.cookies -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{"provider":"gmail","scope":{"kind":"contacts"}}' $API/api/v1/inboxes

  #    The consent must come back from where it began; with curl that is:
  #    curl -b /tmp/sambandh.cookies "<address the consent page leads back to>"

  # 2. Watch the backfill, then read a timeline.
  curl -s -H "Authorization: Bearer $TOKEN" $API/api/v1/inboxes
  curl -s -H "Authorization: Bearer $TOKEN" $API/api/v1/contacts/${contact?.id}/timeline

Or see the whole job done by itself: npm run demo -- --once
Ctrl-C ends everything and leaves nothing behind.
`;
}
