import { z } from 'zod';
import { escapeHtml, sendPage } from '../page.ts';
import { notFound, PROBLEMS, type ProblemCode } from '../problem.ts';
import { defineRoute, page } from '../route.ts';

export const problemPage = defineRoute({
  method: 'get',
  path: '/problems/{code}',
  name: 'problemPage',
  tag: 'Pages',
  summary: 'What the type of a problem document leads to',
  params: z.object({ code: z.string() }),
  responses: { 200: page('What happened, what it means, what to do.') },
  problems: ['not-found'],
}).handle(() => ({ params: { code }, res }) => {
  if (!isCode(code)) throw notFound('problem');
  const { status, title, action } = PROBLEMS[code];
  sendPage(res, {
    title,
    cacheControl: 'public, max-age=3600',
    body: `<h1>${escapeHtml(title)}</h1>
<p>Problem <code>${escapeHtml(code)}</code>, HTTP status ${status}.</p>
<p>${escapeHtml(action)}</p>`,
  });
});

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
