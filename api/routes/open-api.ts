import { openApiDocument } from '../openapi/document.ts';
import { referencePage } from '../openapi/reference.ts';
import { sendPage } from '../page.ts';
import { defineRoute, Media, page, type Route } from '../route.ts';

const CACHE_CONTROL = 'public, max-age=300';

/** The two routes that tell of these routes, and of themselves. */
export function documentRoutes(routes: readonly Route[]): Route[] {
  const all = (): Route[] => [openApi, apiReference, ...routes];

  const openApi = defineRoute({
    method: 'get',
    path: '/openapi.json',
    name: 'openApi',
    tag: 'Pages',
    summary: 'This API as an OpenAPI 3.1 document',
    responses: { 200: new Media('The document.', 'application/json') },
  }).handle(() => {
    const document = JSON.stringify(openApiDocument(all()));
    return ({ res }) => {
      res.set('Cache-Control', CACHE_CONTROL).type('json').send(document);
    };
  });

  const apiReference = defineRoute({
    method: 'get',
    path: '/docs/api',
    name: 'apiReference',
    tag: 'Pages',
    summary: 'The same for reading',
    responses: { 200: page('The reference.') },
  }).handle(() => {
    const reference = referencePage(openApiDocument(all()));
    return ({ res }) => sendPage(res, { ...reference, cacheControl: CACHE_CONTROL });
  });

  return [openApi, apiReference];
}
