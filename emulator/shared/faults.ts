import { matchesPattern } from './pattern.ts';
import { Random } from './random.ts';

/** What a caller meets in place of, or on top of, the true answer. */
export type FaultEffect =
  /** A canned answer. `preset` names one of the provider's own error bodies. */
  | { kind: 'preset'; preset: FaultPreset }
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Never answers; the socket stays open until the caller gives up. */
  | { kind: 'hang' }
  /** The connection is reset, after the work was done when `afterWork` (an unknown outcome). */
  | { kind: 'reset'; afterWork?: boolean }
  /** Half the body, then the connection closes. */
  | { kind: 'truncate' }
  /** The body arrives in pieces over `ms`. */
  | { kind: 'slow'; ms: number }
  /** A batch answer whose boundary does not match its Content-Type. */
  | { kind: 'malformedBatch' }
  | { kind: 'delay'; ms: number };

export type FaultPreset =
  | 'rateLimit403'
  | 'userRateLimit403'
  | 'dailyLimit403'
  | 'exhausted429'
  | 'concurrent429'
  | 'retryAfter429'
  | 'backend500'
  | 'badGateway502'
  | 'unavailable503'
  | 'gatewayTimeout504'
  | 'notFound404'
  | 'preconditionFailed400'
  | 'mailNotEnabled400'
  | 'unauthorized401'
  /** Microsoft: a token refused by continuous access evaluation, with the claims to ask for. */
  | 'claimsChallenge401'
  /** Microsoft: a delta token that is too old, in its two forms. */
  | 'gone410'
  | 'syncStateNotFound400'
  | 'invalidGrant400';

export interface FaultRule {
  effect: FaultEffect;
  /** Address; left out, any mailbox. */
  mailbox?: string;
  /** Method name or pattern (`gmail.users.messages.*`, `batch`, `oauth.token`, `*`). */
  method?: string;
  messageId?: string;
  /** Strikes at most this many matching calls; left out, without end. */
  times?: number;
  /** Lets this many matching calls pass first. */
  skip?: number;
  /** Strikes each matching call with this chance, from a seeded generator. */
  probability?: number;
}

interface FaultTarget {
  mailbox: string | null;
  method: string;
  messageId: string | null;
}

interface Strike {
  id: string;
  effect: FaultEffect;
}

interface ArmedRule extends FaultRule {
  id: string;
  left: number;
  toSkip: number;
}

/** Effects on the connection itself; inside a batch they can only strike the envelope. */
const TRANSPORT = new Set<FaultEffect['kind']>([
  'hang',
  'reset',
  'truncate',
  'slow',
  'malformedBatch',
  'delay',
]);

const isTransport = (effect: FaultEffect): boolean => TRANSPORT.has(effect.kind);

/** Rules in the order they were armed; the first that matches and is not spent strikes. */
export class Faults {
  #rules: ArmedRule[] = [];
  #random = new Random('faults');
  #next = 1;

  arm(rule: FaultRule): string {
    const id = `fault-${this.#next++}`;
    const left = rule.times ?? Number.POSITIVE_INFINITY;
    this.#rules.push({ ...rule, id, left, toSkip: rule.skip ?? 0 });
    return id;
  }

  /** Removes one rule, or all of them. */
  clear(id?: string): void {
    this.#rules = id === undefined ? [] : this.#rules.filter((rule) => rule.id !== id);
  }

  reseed(seed: string | number): void {
    this.#random = new Random(seed);
  }

  /** @param transport true asks for effects on the connection, false for answers. */
  strike(target: FaultTarget, transport: boolean): Strike | null {
    if (this.#rules.length === 0) return null;
    for (const rule of this.#rules) {
      if (rule.left <= 0 || isTransport(rule.effect) !== transport) continue;
      if (!hits(rule, target)) continue;
      if (rule.toSkip > 0) {
        rule.toSkip--;
        continue;
      }
      if (rule.probability !== undefined && !this.#random.chance(rule.probability)) continue;
      rule.left--;
      return { id: rule.id, effect: rule.effect };
    }
    return null;
  }
}

const hits = (rule: FaultRule, target: FaultTarget): boolean =>
  (rule.mailbox === undefined || rule.mailbox === target.mailbox) &&
  (rule.method === undefined || matchesPattern(target.method, rule.method)) &&
  (rule.messageId === undefined || rule.messageId === target.messageId);
