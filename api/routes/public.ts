import { readFile } from 'node:fs/promises';
import express, { Router } from 'express';
import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import { onlyMethods } from '../problem-handler.ts';
import { limitAddress } from '../rate-limit.ts';
import { docsPage } from './docs-page.ts';
import { gmailWebhook } from './gmail-webhook.ts';
import { healthz } from './healthz.ts';
import { oauthCallback } from './oauth-callback.ts';
import { problemPage } from './problem-page.ts';
import { readyz } from './readyz.ts';
import { startPage } from './start-page.ts';

/** Callbacks of one client address a minute: a person makes one or two. */
const CALLBACKS_PER_MINUTE = 60;

/** Everything that takes no bearer token of ours. */
export async function publicRoutes(ctx: ApiContext): Promise<Router> {
  const version = await productVersion();
  const router = Router({ caseSensitive: true });
  router.route('/').get(startPage(version)).all(onlyMethods('GET'));
  router
    .route('/docs/email-sync')
    .get(await docsPage(version))
    .all(onlyMethods('GET'));
  router.route('/problems/:code').get(problemPage).all(onlyMethods('GET'));
  router.route('/healthz').get(healthz).all(onlyMethods('GET'));
  router.route('/readyz').get(readyz(ctx)).all(onlyMethods('GET'));
  router
    .route('/oauth/google/callback')
    .get(limitAddress(CALLBACKS_PER_MINUTE), oauthCallback(ctx))
    .all(onlyMethods('GET'));
  router
    .route('/webhooks/gmail')
    .post(express.text({ type: () => true, limit: '64kb' }), gmailWebhook(ctx))
    .all(onlyMethods('POST'));
  return router;
}

const packageSchema = z.object({ version: z.string() });

async function productVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return packageSchema.parse(JSON.parse(text)).version;
}
