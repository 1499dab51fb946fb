/** Units per call. `new` binds projects made from 2026-05-01, `old` those that used the API before. */
type PriceTable = Record<string, number>;

const NEW_PRICES: PriceTable = {
  'gmail.users.getProfile': 1,
  'gmail.users.labels.list': 1,
  'gmail.users.labels.get': 1,
  'gmail.users.labels.create': 5,
  'gmail.users.labels.patch': 5,
  'gmail.users.labels.delete': 5,
  'gmail.users.settings.sendAs.list': 1,
  'gmail.users.history.list': 2,
  'gmail.users.messages.list': 5,
  'gmail.users.messages.get': 20,
  'gmail.users.messages.attachments.get': 20,
  'gmail.users.messages.modify': 5,
  'gmail.users.messages.trash': 5,
  'gmail.users.messages.untrash': 5,
  'gmail.users.messages.delete': 10,
  'gmail.users.messages.send': 100,
  'gmail.users.threads.list': 10,
  'gmail.users.threads.get': 40,
  'gmail.users.watch': 100,
  'gmail.users.stop': 50,
};

const OLD_PRICES: PriceTable = {
  ...NEW_PRICES,
  'gmail.users.messages.get': 5,
  'gmail.users.messages.attachments.get': 5,
  'gmail.users.threads.get': 10,
};

export type PriceList = 'new' | 'old';

export const PRICES: Record<PriceList, PriceTable> = { new: NEW_PRICES, old: OLD_PRICES };

/** Default units per minute for one user. */
export const USER_UNITS: Record<PriceList, number> = { new: 6_000, old: 15_000 };

/** Units per minute for a whole project. */
export const PROJECT_UNITS = 1_200_000;
