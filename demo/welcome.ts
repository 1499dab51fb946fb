import type { Product } from '../stack/product.ts';
import type { Stack } from '../stack/stack.ts';
import type { DemoMailbox } from './crm.ts';

/** What to open and what to try, once everything runs. */
export function welcome(demo: {
  pageUrl: string;
  stack: Stack;
  product: Product;
  token: string;
  operatorToken: string;
  mailboxes: DemoMailbox[];
  /** Path of the CLI that runs Temporal; null where that is not ours. */
  temporalCli: string | null;
}): string {
  const { pageUrl, stack, product, token, operatorToken, mailboxes, temporalCli } = demo;
  const contact = mailboxes[0]?.contacts[0];
  return `
Sambandh email sync is running.

  Open this          ${pageUrl}   (a sample CRM; you are Maya)

  API                ${product.apiUrl}
  Documentation      ${product.apiUrl}/docs/email-sync
  Temporal UI        ${stack.temporal.uiUrl ?? 'of your own cluster'}
  Mail catcher       ${stack.smtp?.url ?? 'off'}
  The providers      ${product.emulatorUrl} (Google and Microsoft, emulated)

What to try:

  1. Press "Email settings", then "Connect Gmail" and "Continue" on the consent page; "Connect
     Outlook" goes the same way. The backfill runs before your eyes and ends with a receipt; the mail catcher has the mail
     about it.
  2. Open a contact's timeline: the email with Maya, its threads and attachments.
  3. Let the contact write to Maya: the mail is on the timeline about a second later, by push.
  4. Disconnect, write again, connect again: what came meanwhile is caught up.
  5. Delete the email history.

The same by hand, in another terminal (README.md has more):

  export API=${product.apiUrl} EMULATOR=${product.emulatorUrl} TOKEN=${token}
  curl -s -H "Authorization: Bearer $TOKEN" $API/api/v1/inboxes
  curl -s -H "Authorization: Bearer $TOKEN" "$API/api/v1/contacts/${contact?.id}/timeline?limit=5"

As an operator, with docs/operations.md:

  export PUBLIC_URL=${product.apiUrl} EMULATOR=${product.emulatorUrl} OPS_TOKEN=${operatorToken}
  npm run ops -- inbox list${forTemporal(stack, temporalCli)}

Or see the whole job done by itself: npm run demo -- --once
Ctrl-C ends everything and leaves nothing behind.
`;
}

/** The demo's own Temporal is on no usual port, and its CLI mostly not on PATH. */
function forTemporal({ temporal: { address, namespace } }: Stack, cli: string | null): string {
  return `
  export TEMPORAL_ADDRESS=${address} TEMPORAL_NAMESPACE=${namespace}
  ${cli ?? 'temporal'} workflow list`;
}
