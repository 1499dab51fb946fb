import type { ApiContext } from './context.ts';

const DAY_MS = 86_400_000;

/** How many days of email a connect brings in on this installation (P7). */
export const windowDays = ({ settings }: Pick<ApiContext, 'settings'>): number =>
  settings.windowMs / DAY_MS;
