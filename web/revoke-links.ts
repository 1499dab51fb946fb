import { html } from './ui.ts';
import { PROVIDERS, type ProviderName } from './words.ts';

/** Where the provider lets a user end the grant: one link, or one for each kind of account. */
export function RevokeLinks({ provider }: { provider: ProviderName }) {
  const links = PROVIDERS[provider].revokeAt.map(
    ({ url, name }) => html`<a href=${url} target="_blank" rel="noopener noreferrer">${name}</a>`,
  );
  return html`${links.flatMap((link, i) => (i === 0 ? [link] : [' or ', link]))}`;
}
