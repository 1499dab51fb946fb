import { z } from 'zod';
import { matchKeyOf } from '../domain/address.ts';
import { plainText, uuid } from './validate.ts';

/** Half of what Gmail allows: a message to more is a campaign, not mail. */
const MAX_RECIPIENTS = 100;
const MAX_ATTACHMENTS = 20;
const MAX_TEXT_CHARS = 500_000;
/** Below Gmail's 25 MB once written as MIME, texts included. */
export const MAX_ATTACHMENT_BYTES = 15 * 1024 * 1024;
export const SEND_BODY_LIMIT = '22mb';

const recipient = z.strictObject({
  address: z
    .email()
    .max(320)
    .refine((address) => matchKeyOf(address) !== null, 'not an address that mail can be sent to'),
  name: plainText(200).default(''),
});

const recipients = z.array(recipient).max(MAX_RECIPIENTS);

const attachment = z.strictObject({
  filename: plainText(255).min(1),
  contentType: z
    .string()
    .max(127)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'expected a media type such as application/pdf')
    .default('application/octet-stream'),
  contentBase64: z.base64(),
});

export const sendBody = z
  .strictObject({
    to: recipients.optional().describe('Left out of an answer: whoever is answered.'),
    cc: recipients.default([]),
    bcc: recipients.default([]),
    subject: plainText(900).optional().describe('Left out of an answer: the one that is answered.'),
    text: z.string().max(MAX_TEXT_CHARS).optional(),
    html: z.string().max(MAX_TEXT_CHARS).optional(),
    answers: uuid.optional().describe('Id of a message of this inbox: stays in its thread.'),
    attachments: z.array(attachment).max(MAX_ATTACHMENTS).default([]),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, {
    path: ['text'],
    message: 'a text, an html or both are needed',
  })
  .refine(({ answers, subject }) => answers !== undefined || subject !== undefined, {
    path: ['subject'],
    message: 'needed, unless it answers a message',
  })
  .refine(({ answers, to }) => answers !== undefined || (to?.length ?? 0) > 0, {
    path: ['to'],
    message: 'needed, unless it answers a message',
  })
  .refine(({ to = [], cc, bcc }) => to.length + cc.length + bcc.length <= MAX_RECIPIENTS, {
    path: ['to'],
    message: `${MAX_RECIPIENTS} recipients at most`,
  })
  .refine(({ attachments }) => bytesOf(attachments) <= MAX_ATTACHMENT_BYTES, {
    path: ['attachments'],
    message: '15 MB at most, all together',
  });

export type SendBody = z.output<typeof sendBody>;

/** Enters workflow ids: no `@`, so that no address can be in one. */
export const idempotencyKey = z
  .string({ error: 'the header is required' })
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'expected 1 to 128 of A-Z a-z 0-9 _ . : -');

const bytesOf = (attachments: readonly { contentBase64: string }[]): number =>
  attachments.reduce((sum, one) => sum + Math.floor((one.contentBase64.length * 3) / 4), 0);
