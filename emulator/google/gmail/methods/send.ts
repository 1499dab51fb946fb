import { headerValue } from '../../../shared/mime/headers.ts';
import { parseTopHeaders } from '../../../shared/mime/tree.ts';
import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { invalidArgument } from '../errors.ts';

/** Headers Gmail adds to a sent message that lacks them. */
const complete = ({ mailbox, context, now }: GmailCall, raw: Buffer): Buffer => {
  const headers = parseTopHeaders(raw);
  const missing: string[] = [];
  const { address, displayName } = mailbox.identity;
  if (!headerValue(headers, 'from')) missing.push(`From: ${displayName} <${address}>`);
  if (!headerValue(headers, 'date')) missing.push(`Date: ${new Date(now).toUTCString()}`);
  if (!headerValue(headers, 'message-id')) {
    missing.push(`Message-ID: <CA${context.random.text(40)}@mail.gmail.com>`);
  }
  return missing.length === 0
    ? raw
    : Buffer.concat([Buffer.from(`${missing.join('\r\n')}\r\n`), raw]);
};

const recipients = (raw: Buffer): string =>
  ['to', 'cc', 'bcc'].map((name) => headerValue(parseTopHeaders(raw), name) ?? '').join('');

const send = (call: GmailCall) => {
  const { body, mailbox, context, now } = call;
  const bytes = call.media ?? Buffer.from(String(body.raw ?? ''), 'base64url');
  if (bytes.length === 0) {
    throw invalidArgument(
      "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
    );
  }
  if (bytes.length > context.limits.maxSendBytes) throw invalidArgument('Message too large');
  if (!recipients(bytes).includes('@')) throw invalidArgument('Recipient address required');
  const raw = complete(call, bytes);
  const asked = body.threadId;
  // A thread is joined only when the headers answer it under the same subject.
  const joins = typeof asked === 'string' && mailbox.fitsThread(raw, asked);
  const message = mailbox.add({
    raw,
    labels: ['SENT'],
    internalDate: now,
    ...(joins && { threadId: asked }),
  });
  return { id: message.id, threadId: message.threadId, labelIds: message.labels };
};

export const messagesSend: GmailMethod = {
  name: 'gmail.users.messages.send',
  httpMethod: 'POST',
  path: 'messages/send',
  scopes: [SCOPE.full, SCOPE.modify, SCOPE.compose, SCOPE.send],
  uploads: true,
  handle: send,
};
