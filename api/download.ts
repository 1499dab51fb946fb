import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import { attachmentDisposition } from './content-disposition.ts';

interface Download {
  filename: string;
  contentType: string;
  /** Asked for the next part only when the caller has taken the last: memory stays that of one. */
  parts: AsyncIterable<string>;
}

/** A file as it is being read. When reading fails the connection is cut, so that no cut file looks whole. */
export async function sendDownload(
  res: Response,
  log: Logger,
  { filename, contentType, parts }: Download,
): Promise<void> {
  res.set('Content-Type', contentType).set('Content-Disposition', attachmentDisposition(filename));
  try {
    await pipeline(Readable.from(parts, { highWaterMark: 1 }), res);
  } catch (error) {
    // Here and not in the problem handler, which takes a closed connection for a caller who hung up.
    if ((error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    log.error({ failure: describeError(error) }, 'a download broke off');
  }
}
