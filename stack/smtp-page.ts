import type { CaughtMail } from './smtp-catcher.ts';

/** The catcher's page: newest first, reloading itself. */
export const renderInbox = (mails: readonly CaughtMail[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>Caught mail (${mails.length})</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  article { border: 1px solid #8886; border-radius: 8px; padding: 0 1rem; margin: 1rem 0; }
  h2 { font-size: 1.1rem; margin: 0.8rem 0 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
  small { color: #666; }
  iframe { width: 100%; height: 24rem; border: 0; background: #fff; }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } small { color: #aaa; } }
</style>
<h1>Caught mail</h1>
<p>Mail that would have been sent. Nothing leaves this machine. <a href="/messages">As JSON</a></p>
${mails.length === 0 ? '<p>Nothing yet.</p>' : mails.toReversed().map(renderMail).join('\n')}
</html>
`;

const renderMail = (mail: CaughtMail): string => `<article>
<h2>${escapeHtml(mail.subject || '(no subject)')}</h2>
<small>${escapeHtml(mail.from)} → ${escapeHtml(mail.to.join(', '))} · ${escapeHtml(mail.receivedAt)}</small>
${
  mail.text
    ? `<pre>${escapeHtml(mail.text)}</pre>`
    : `<iframe sandbox title="message" srcdoc="${escapeHtml(mail.html)}"></iframe>`
}
</article>`;

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
