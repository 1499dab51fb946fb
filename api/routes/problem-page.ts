import type { RequestHandler } from 'express';
import { escapeHtml, sendPage } from '../page.ts';
import { notFound, PROBLEMS, type ProblemCode } from '../problem.ts';

/** `GET /problems/:code`: what the `type` of a problem document leads to. */
export const problemPage: RequestHandler<{ code: string }> = (req, res) => {
  const { code } = req.params;
  if (!isCode(code)) throw notFound('problem');
  const { status, title, action } = PROBLEMS[code];
  sendPage(res, {
    title,
    cacheControl: 'public, max-age=3600',
    body: `<h1>${escapeHtml(title)}</h1>
<p>Problem <code>${escapeHtml(code)}</code>, HTTP status ${status}.</p>
<p>${escapeHtml(action)}</p>`,
  });
};

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
