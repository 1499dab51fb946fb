import type { Request, Response } from 'express';
import { z } from 'zod';
import { notFound } from '../problem.ts';
import { defineRoute, Media, page } from '../route.ts';
import { readWebFiles, type WebFile, type WebFiles } from '../web-files.ts';

/** All of it is ours and comes from here; nothing is written into the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

let files: WebFiles | undefined;

/** Read and compressed once a process. */
function webFiles(): WebFiles {
  files ??= readWebFiles();
  return files;
}

export const webPage = defineRoute({
  method: 'get',
  path: '/',
  name: 'webPage',
  tag: 'Pages',
  summary: 'The settings and timeline page',
  responses: { 200: page('The page.') },
}).handle(() => {
  const file = webFiles().page;
  return ({ req, res }) => {
    res.set('Content-Security-Policy', POLICY).set('Cache-Control', 'no-cache');
    sendFile(req, res, file);
  };
});

export const webAsset = defineRoute({
  method: 'get',
  path: '/web/{version}/{file}',
  name: 'webAsset',
  tag: 'Pages',
  summary: 'A module or style of the page',
  params: z.object({ version: z.string(), file: z.string() }),
  responses: { 200: new Media('The file.', '*/*') },
  problems: ['not-found'],
}).handle(() => {
  const { assets } = webFiles();
  return ({ params: { version, file }, req, res }) => {
    const found = assets.get(`/web/${version}/${file}`);
    if (!found) throw notFound('file');
    res.set('Cache-Control', 'public, max-age=31536000, immutable');
    sendFile(req, res, found);
  };
});

function sendFile(req: Request, res: Response, file: WebFile): void {
  const encoding = req.acceptsEncodings('br', 'gzip');
  res.vary('Accept-Encoding').type(file.type);
  if (encoding === 'br' || encoding === 'gzip') {
    res.set('Content-Encoding', encoding).send(file[encoding]);
  } else res.send(file.plain);
}
