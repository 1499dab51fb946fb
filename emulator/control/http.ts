import { type HttpRequest, html, json, type Reply } from '../shared/http.ts';
import { CONTROL_METHODS, type EmulatorControl } from './contract.ts';

export const CONTROL_PREFIX = '/_emulator/';

type AnyMethod = (input?: unknown) => Promise<unknown>;

/** `POST /_emulator/<method>`; GET also works for methods that need no input. */
export const answerControl = async (
  control: EmulatorControl,
  request: HttpRequest,
): Promise<Reply> => {
  const name = request.path.slice(CONTROL_PREFIX.length);
  if (name === '') return html(200, homePage());
  if (name === 'health') return json(200, { ok: true });
  const method = CONTROL_METHODS.find((candidate) => candidate === name);
  if (!method) return json(404, { error: `No control method ${name}` });
  try {
    const input = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : undefined;
    const value = await (control[method] as AnyMethod)(input);
    return json(200, { value: value ?? null });
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
};

const homePage = (): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Provider emulator</title>
<body style="font:16px/1.5 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem">
<h1>Google and Microsoft emulator</h1><p>Made-up accounts only. Control methods, each
<code>POST /_emulator/&lt;method&gt;</code> with one JSON object:</p>
<p>${CONTROL_METHODS.map((name) => `<code>${name}</code>`).join(', ')}</p>`;
