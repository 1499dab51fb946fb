import type { gaxios } from 'google-auth-library';
import { parseJson, sendOnce } from '../http.ts';

/**
 * The API library on top of `sendOnce`. Any status is an answer, so that the library neither
 * repeats nor wraps it: its retries ignore Retry-After and the quota gate. `data` is the parsed
 * JSON, or undefined when it does not parse.
 */
export const oneAttempt = (maxBytes: number): gaxios.GaxiosOptions => ({
  retry: false,
  validateStatus: () => true,
  adapter: async <T>(config: gaxios.GaxiosOptionsPrepared) => {
    const { url, method, headers, body, signal } = config;
    const init: RequestInit = { method: method ?? 'GET', headers, body: body ?? null };
    const answer = await sendOnce(url, signal ? { ...init, signal } : init, maxBytes);
    const data = parseJson(answer.body.toString('utf8')) as T;
    const { status, headers: answered } = answer;
    return Object.assign(new Response(null, { status, headers: answered }), { config, data });
  },
});
