import { CONTROL_METHODS, type EmulatorControl } from './control/contract.ts';

/** The emulator answered that a control call cannot be done. */
export class ControlCallError extends Error {
  override readonly name = 'ControlCallError';
}

const call = async (base: string, method: string, input: unknown): Promise<unknown> => {
  const response = await fetch(new URL(`/_emulator/${method}`, base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(input !== undefined && { body: JSON.stringify(input) }),
  });
  const answer = (await response.json()) as { value?: unknown; error?: string };
  if (!response.ok) throw new ControlCallError(`${method}: ${answer.error ?? response.status}`);
  return answer.value ?? undefined;
};

/**
 * The control methods of an emulator in another process.
 * @param url the emulator's base URL, for example `http://127.0.0.1:4600`
 * @throws ControlCallError from each method when the emulator refuses
 */
export const createControl = (url: string): EmulatorControl => {
  const methods = CONTROL_METHODS.map((name) => [
    name,
    (input?: unknown) => call(url, name, input),
  ]);
  return Object.fromEntries(methods) as EmulatorControl;
};
