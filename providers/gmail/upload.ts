import { randomUUID } from 'node:crypto';

/** Where messages.send takes whole messages; its JSON form is refused above some 5 MB. */
export const SEND_UPLOAD = '/upload/gmail/v1/users/me/messages/send?uploadType=multipart';

/** A request body of several parts. */
export interface Multipart {
  contentType: string;
  body: string | Buffer<ArrayBuffer>;
}

/**
 * A message as bytes, and the JSON that belongs to it.
 * @see developers.google.com/workspace/gmail/api/guides/uploads
 */
export const buildUpload = (metadata: object, message: Buffer): Multipart => {
  const boundary = `sambandh_${randomUUID()}`;
  const head = [
    `--${boundary}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify(metadata),
    `--${boundary}`,
    'Content-Type: message/rfc822',
    '',
    '',
  ].join('\r\n');
  return {
    contentType: `multipart/related; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), message, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
};
