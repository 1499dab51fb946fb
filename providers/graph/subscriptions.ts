import { NotFoundError, ProviderError, RequestRefusedError } from '../errors.ts';
import type { MailProvider, ProviderSession, Watch } from '../mail-provider.ts';
import type { Ask } from './account.ts';
import type { GraphCall } from './client.ts';
import { SubscriptionExistsError } from './errors.ts';
import type { GraphOptions } from './options.ts';

interface Subscription {
  id: string;
  notificationUrl: string;
  expirationDateTime: string;
}

interface Requests {
  ask: Ask;
  command: (call: GraphCall) => Promise<void>;
}

/** All of the mailbox: a folder may become part of the scope, and moves are updates (B2, B5). */
const RESOURCE = 'me/messages';
const CHANGES = 'created,updated';

const MINUTE_MS = 60_000;
/** The longest life of today, less a minute for clocks; and that of older tenants (B5). */
const LIVES_MS = [10_079 * MINUTE_MS, 4_229 * MINUTE_MS] as const;

/** Change notifications of one mailbox; without `options.pushUrl` there are none. */
export const createSubscriptions = (
  { ask, command }: Requests,
  { pushUrl }: GraphOptions,
  { push }: ProviderSession,
): Pick<MailProvider, 'watch' | 'unwatch'> => {
  const create = async (urls: Urls, secret: string): Promise<Watch> => {
    const made = await withLongestLife((expirationDateTime) =>
      ask<Subscription>({
        method: 'subscriptions.create',
        http: 'POST',
        to: { path: '/subscriptions' },
        body: {
          ...urls,
          resource: RESOURCE,
          changeType: CHANGES,
          clientState: secret,
          expirationDateTime,
        },
      }),
    );
    return toWatch(made);
  };

  const renew = async (id: string): Promise<Watch> => {
    const renewed = await withLongestLife((expirationDateTime) =>
      ask<Subscription>({
        method: 'subscriptions.renew',
        http: 'PATCH',
        to: { path: pathOf(id) },
        body: { expirationDateTime },
      }),
    );
    return toWatch(renewed);
  };

  const remove = async (id: string): Promise<void> => {
    await command({
      method: 'subscriptions.delete',
      http: 'DELETE',
      to: { path: pathOf(id) },
    }).catch(unlessGone);
  };

  /** Ours of an earlier epoch says another secret; one with another address is not this inbox's. */
  const removeEarlier = async ({ notificationUrl }: Urls): Promise<void> => {
    const { value } = await ask<{ value: Subscription[] }>({
      method: 'subscriptions.list',
      to: { path: '/subscriptions' },
    });
    const earlier = value.filter((one) => one.notificationUrl === notificationUrl);
    if (earlier.length === 0) {
      throw new RequestRefusedError('Another inbox or server receives the pushes of this mailbox.');
    }
    for (const { id } of earlier) await remove(id);
  };

  return {
    async watch(id) {
      if (!pushUrl || !push) return null;
      const renewed = id === null ? null : await renew(id).catch(unlessGone);
      if (renewed) return renewed;
      const urls = urlsOf(pushUrl, push.inboxId);
      try {
        return await create(urls, push.secret);
      } catch (error) {
        if (!(error instanceof SubscriptionExistsError)) throw error;
        await removeEarlier(urls);
        return await create(urls, push.secret);
      }
    },

    async unwatch(id) {
      if (id !== null) await remove(id);
    },
  };
};

interface Urls {
  notificationUrl: string;
  lifecycleNotificationUrl: string;
}

/** The inbox is in the address to tell its subscriptions from those of others, not as a proof. */
const urlsOf = (pushUrl: string, inboxId: string): Urls => ({
  notificationUrl: `${pushUrl}?inbox=${inboxId}`,
  lifecycleNotificationUrl: `${pushUrl}/lifecycle?inbox=${inboxId}`,
});

const pathOf = (id: string): string => `/subscriptions/${encodeURIComponent(id)}`;

const toWatch = ({ id, expirationDateTime }: Subscription) => {
  const expiresAt = Date.parse(expirationDateTime);
  if (id && expiresAt > 0) return { id, expiresAt };
  throw new RequestRefusedError('Graph gave a subscription without id or expiry');
};

/** A life that is too long is refused as a bad request, and so is much else: then twice. */
const withLongestLife = async <T>(send: (expirationDateTime: string) => Promise<T>): Promise<T> => {
  const [longest, older] = LIVES_MS.map(
    (life) => () => send(new Date(Date.now() + life).toISOString()),
  ) as [() => Promise<T>, () => Promise<T>];
  return await longest().catch((error: unknown) => {
    if (isPlainRefusal(error)) return older();
    throw error;
  });
};

const isPlainRefusal = (error: unknown): boolean =>
  error instanceof RequestRefusedError && !(error instanceof SubscriptionExistsError);

const unlessGone = (error: unknown): null => {
  if (error instanceof ProviderError && error instanceof NotFoundError) return null;
  throw error;
};
