import { z } from 'zod';
import { notFound } from '../problem.ts';
import { readMessage } from '../read-message.ts';
import { defineRoute, page } from '../route.ts';
import { idParams } from '../validate.ts';
import { imagesQuery, messageView } from '../views/message-view.ts';

/** Nothing in it runs or navigates, and it loads no more than was asked for. */
const policy = (images: 'show' | 'hide'): string =>
  [
    'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src 'self' data:${images === 'show' ? ' https: http:' : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');

export const getMessageHtml = defineRoute({
  method: 'get',
  path: '/api/v1/messages/{id}/html',
  name: 'getMessageHtml',
  tag: 'Mail',
  summary: 'The cleaned HTML of a message as a document for a frame',
  params: idParams,
  query: z.strictObject({ images: imagesQuery }),
  responses: { 200: page('A document whose policy lets nothing run.') },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: { images }, caller, res }) => {
  const { row, opener } = await readMessage(ctx, caller, id);
  const { html } = messageView(opener, row, images === 'show');
  if (html === null) throw notFound('message with HTML');
  res
    .set('Content-Security-Policy', policy(images))
    .set('X-Frame-Options', 'SAMEORIGIN')
    .type('html')
    .send(`<!doctype html><meta charset="utf-8"><base target="_blank">${STYLE}${html}`);
});

/** Mail is made for white paper. */
const STYLE =
  '<style>body{margin:12px;color:#1d1f24;background:#fff;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}</style>';
