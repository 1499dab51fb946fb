import { holdFlow } from '../../db/flow-store.ts';
import type { OauthState } from '../../db/oauth-state-store.ts';
import { sendOff } from '../../session/send-off.ts';
import type { ApiContext } from '../context.ts';

/** Starts a provider call of one consent, unless that was ended. */
export type FlowGate = <T>(start: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Before there is an inbox, its epoch cannot fence the calls; the flow does, in the same way: a
 * disconnect or a deletion waits until the request has left, and after it none starts (B7).
 * @throws FlowEndedError from the gate
 */
export const flowGate =
  ({ database, settings }: ApiContext, flow: OauthState): FlowGate =>
  async (start) => {
    const { result } = await database.asUser(flow, async (tx) => {
      await holdFlow(tx, flow.stateHash);
      return sendOff({ timeoutMs: settings.providerTimeoutMs }, start);
    });
    return await result;
  };
