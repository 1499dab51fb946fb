import { timingSafeEqual } from 'node:crypto';
import { describeError } from '../../config/describe-error.ts';
import type { DataKey } from '../../crypto/data-key.ts';
import { writeAudit } from '../../db/audit-store.ts';
import type { WorkflowCommand } from '../../db/command-store.ts';
import { type ConnectedInbox, connectInbox } from '../../db/connect-inbox.ts';
import { holdFlow } from '../../db/flow-store.ts';
import { getInbox } from '../../db/inbox-lock.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { type OauthState, takeOauthState } from '../../db/oauth-state-store.ts';
import { endPendingConnection } from '../../db/pending-connection-store.ts';
import type { Provider } from '../../domain/inbox.ts';
import { isChosen, placeOf, type Scope } from '../../domain/scope.ts';
import { RequestRefusedError } from '../../providers/errors.ts';
import type { MailProvider, SyncCursor } from '../../providers/mail-provider.ts';
import {
  openProfile,
  type Profile,
  sealCursor,
  sealProfile,
  sealTokens,
} from '../../vault/inbox-seals.ts';
import type { Outcome } from '../../web/outcomes.ts';
import { hashOf } from '../browser-binding.ts';
import type { ApiContext } from '../context.ts';
import { mailboxHash } from '../mailbox-hash.ts';
import { awaitAdmin } from './await-admin.ts';
import type { CodeExchange, Connector, Grant, SignInRefusal } from './connector.ts';
import { type FlowGate, flowGate } from './flow-gate.ts';
import { type FlowSecret, openFlowSecret } from './flow-secret.ts';
import { outcomeOf, outcomeOfStored, Refused } from './outcome.ts';

/** What the provider sent the browser back with. */
export interface Return {
  /** Whose address it came back to: another provider's answer is no answer. */
  provider: Provider;
  state: string;
  code: string | null;
  /** The provider's error code; `access_denied` when the user said no. */
  error: string | null;
  /** The provider's own words and numbers for it. */
  errorDescription: string;
  /** The cookie of this browser. */
  binding: string | null;
}

export interface Finish {
  outcome: Outcome;
  /** Empty when the flow named no place, or is not known at all. */
  returnTo: string;
  inboxId: string | null;
  /** Of the connection that waits for an administrator. */
  pendingId?: string;
}

/** A grant with lasting access. */
type LastingGrant = Grant & { renewal: string };

/** What was asked for, and what of it is granted. */
interface Wish {
  asked: boolean;
  sending: boolean;
  scope: Scope;
  scopeNamed: boolean;
}

interface Mailbox {
  profile: Profile;
  /** Null where the scope is unchosen. */
  cursor: SyncCursor | null;
  /** Epoch ms, not after the cursor. */
  takenAt: number;
}

/**
 * Ends an authorization. Nothing is stored unless every check has passed, and whatever goes wrong
 * at the provider is an outcome; only our own failures are thrown.
 */
export async function finishAuthorization(ctx: ApiContext, back: Return): Promise<Finish> {
  const flow = await ctx.database.asNobody((tx) => takeOauthState(tx, hashOf(back.state)));
  if (!flow) return { outcome: 'link_expired', returnTo: '', inboxId: null };
  // Not even the return address is for a browser that did not begin this.
  if (!isSameBrowser(flow, back.binding)) {
    return { outcome: 'other_browser', returnTo: '', inboxId: null };
  }
  const owner = { ...flow, column: 'oauth_states.secret_ct' } as const;
  const secret = openFlowSecret<FlowSecret>(ctx.keyRing.masters, owner, flow.secretCt);
  try {
    const ended = await connect(ctx, flow, secret, back).catch((error) => {
      if (outcomeOf(error) !== 'admin_consent_needed') throw error;
      return waitForAdmin(ctx, flow, secret);
    });
    return { ...ended, returnTo: flow.returnTo };
  } catch (error) {
    const outcome = outcomeOf(error);
    if (!outcome) throw error;
    ctx.log.info({ outcome, failure: describeError(error) }, 'an inbox was not connected');
    return { outcome, returnTo: flow.returnTo, inboxId: flow.inboxId };
  }
}

const REFUSALS = {
  denied: 'consent_denied',
  admin_required: 'admin_consent_needed',
  error: 'provider_error',
} as const satisfies Record<SignInRefusal, Outcome>;

/** Of an inbox that reads on; who asked for it asks again when the administrator has agreed. */
const SEND_REFUSALS = {
  denied: 'sending_refused',
  admin_required: 'sending_needs_admin',
  error: 'provider_error',
} as const satisfies Record<SignInRefusal, Outcome>;

async function connect(
  ctx: ApiContext,
  flow: OauthState,
  { codeVerifier, notifyAddress, send = false, scopeNamed = false }: FlowSecret,
  { provider, code, error, errorDescription }: Return,
): Promise<{ outcome: Outcome; inboxId: string }> {
  const connector = ctx.connectors[flow.provider];
  if (!connector || provider !== flow.provider) throw new Refused('provider_error');
  const known = await inboxOf(ctx, flow);
  if (error) {
    const refusal = connector.refusal(error, errorDescription);
    const readsOn = send && known?.status === 'connected';
    throw new Refused((readsOn ? SEND_REFUSALS : REFUSALS)[refusal]);
  }
  if (!code) throw new Refused('provider_error');
  const gate = flowGate(ctx, flow);
  const grant = await exchange(connector, { code, codeVerifier, send }, gate);
  const takenAt = ctx.now();
  // What was chosen since a reconnect began counts.
  const scope = known && !scopeNamed ? known.scope : flow.scope;
  const read = await readMailbox(connector.mailbox(grant.accessToken, gate), scope, notifyAddress);
  const sending = send && grant.grantedScopes.includes(connector.sendScope);
  const wish = { asked: send, sending, scope, scopeNamed };
  const stored = await store(ctx, flow, { ...grant, ...wish }, { ...read, takenAt });
  ctx.dispatcher.dispatch([stored.command]);
  return { outcome: outcomeOfStored(stored), inboxId: stored.command.inboxId };
}

async function exchange(
  connector: Connector,
  given: CodeExchange,
  gate: FlowGate,
): Promise<LastingGrant> {
  const grant = await gate((signal) => connector.exchangeCode(given, signal)).catch((error) => {
    throw error instanceof RequestRefusedError
      ? new Refused('code_refused', { cause: error })
      : error;
  });
  const { renewal, grantedScopes } = grant;
  if (!connector.requiredScopes.every((scope) => grantedScopes.includes(scope))) {
    throw new Refused('scopes_missing');
  }
  if (!renewal) throw new Refused('refresh_token_missing');
  return { ...grant, renewal };
}

/**
 * The cursor is read here, before anything is listed: what arrives from now on is sync's. With nothing
 * chosen there is none, as taking one reads the newest mail of an Outlook mailbox (P6).
 */
async function readMailbox(
  provider: MailProvider,
  scope: Scope,
  notifyAddress: string | null,
): Promise<Omit<Mailbox, 'takenAt'>> {
  // One after the other: each may make as many calls at once as the mailbox takes (P8).
  const { address, cursor } = isChosen(scope)
    ? await provider.profile()
    : { address: await provider.address(), cursor: null };
  const ownAddresses = await provider.ownAddresses();
  const scopeName = await nameOfScope(provider, scope);
  if (!address) throw new Refused('provider_error');
  const own = [...new Set([address, ...ownAddresses])];
  return {
    profile: { address, ownAddresses: own, notifyAddress: notifyAddress ?? address, scopeName },
    cursor,
  };
}

/** @throws Refused when the mailbox has no such label */
async function nameOfScope(provider: MailProvider, scope: Scope): Promise<string | null> {
  const id = placeOf(scope);
  if (id === null) return null;
  const choice = (await provider.listScopeChoices()).find((one) => one.id === id);
  if (!choice) throw new Refused('unknown_label');
  return choice.name;
}

interface Stored extends Omit<ConnectedInbox, 'inboxId' | 'epoch' | 'commandId'> {
  turnedOn: boolean;
  command: WorkflowCommand;
}

/**
 * Inbox, tokens, cursor, backfill and the order to start: all of it or nothing. The grant of a connect
 * that met a connected inbox is dropped: to revoke it would end the one in use.
 * @throws FlowEndedError the tokens are dropped: to revoke them would be one more call
 */
function store(
  ctx: ApiContext,
  flow: OauthState,
  { grantedScopes, asked, sending, scope, scopeNamed, ...tokens }: LastingGrant & Wish,
  { profile, cursor, takenAt }: Mailbox,
): Promise<Stored> {
  const { orgId, userId, provider } = flow;
  return ctx.database.asUser({ orgId, userId }, async (tx) => {
    await holdFlow(tx, flow.stateHash);
    const expected = flow.inboxId ? await getInbox(tx, flow.inboxId) : null;
    // Of an inbox that reads already: no less than it has is worth a change.
    if (asked && !sending && expected?.status === 'connected') throw new Refused('sending_refused');
    const { inboxId, epoch, commandId, ...connected } = await connectInbox(tx, {
      orgId,
      userId,
      provider,
      addressHash: mailboxHash(ctx.lookupKey, provider, profile.address),
      scope,
      // Or what was changed since a reconnect began would be undone.
      keepsScope: !scopeNamed,
      leavesConnected: flow.inboxId === null,
      grantedScopes: [...grantedScopes],
      sending,
      now: takenAt,
      windowMs: ctx.settings.windowMs,
      keys: ctx.keyRing,
      seal: (id, key, kept) => ({
        profileCt: sealProfile(
          key,
          { orgId, id },
          { ...profile, ...(kept && nameKept(key, kept)) },
        ),
        tokensCt: sealTokens(key, { orgId, id }, tokens),
        cursorCt: cursor && sealCursor(key, { orgId, id }, cursor),
      }),
    });
    // Thrown in the transaction, so that the mailbox that was not meant leaves no trace.
    if (flow.inboxId && flow.inboxId !== inboxId) throw new Refused('other_account');
    await endPendingConnection(tx, flow);
    const { changed } = connected;
    const command = { id: commandId, inboxId, kind: changed ? 'open' : 'wake', epoch } as const;
    if (!changed) return { ...connected, turnedOn: false, command };
    const act = connected.reconnected ? 'inbox.reconnected' : 'inbox.connected';
    await writeAudit(tx, { act, inboxId });
    const turnedOn = sending && !expected?.sending;
    if (turnedOn) await writeAudit(tx, { act: 'sending.turned_on', inboxId });
    return { ...connected, turnedOn, command };
  });
}

/** The name of the scope that it keeps, which nobody has looked up now. */
const nameKept = (key: DataKey, inbox: InboxRow): Pick<Profile, 'scopeName'> | null => {
  if (!inbox.profileCt) return null;
  const { scopeName } = openProfile(key, inbox, inbox.profileCt);
  return { scopeName };
};

/** Of a reconnect, or of turning sending on. */
const inboxOf = (ctx: ApiContext, { orgId, userId, inboxId }: OauthState) =>
  ctx.database.asUser({ orgId, userId }, async (tx) => (inboxId ? getInbox(tx, inboxId) : null));

async function waitForAdmin(
  ctx: ApiContext,
  flow: OauthState,
  secret: FlowSecret,
): Promise<Omit<Finish, 'returnTo'>> {
  const outcome = 'admin_consent_needed';
  ctx.log.info({ outcome }, 'an inbox was not connected');
  return { outcome, inboxId: flow.inboxId, pendingId: await awaitAdmin(ctx, flow, secret) };
}

function isSameBrowser({ browserHash }: OauthState, binding: string | null): boolean {
  return binding !== null && timingSafeEqual(hashOf(binding), browserHash);
}
