export interface Said {
  status: number;
  ok: boolean;
  text: string;
  headers: Headers;
}

const PATIENCE_MS = 10_000;

/**
 * One request, read to its end: an answer left unread would keep this process from ending.
 * @throws no answer within ten seconds
 */
export async function ask(url: string | URL, init: RequestInit = {}): Promise<Said> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  const { status, ok, headers } = answer;
  return { status, ok, headers, text: await answer.text() };
}

/** @returns null for what is no JSON */
export function jsonOf({ text }: Said): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
