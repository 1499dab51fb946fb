import type { Settings } from '../config/config.ts';
import { readState } from '../db/ops-state-store.ts';
import { type MetricsServer, serveMetrics } from '../metrics/serve.ts';
import { gaugeState } from '../metrics/state.ts';
import type { ApiContext } from './context.ts';

/** Who reads when nobody asks: a scrape is no operator's act, and is not in the audit log. */
const SCRAPER = { orgId: 'operators', userId: 'metrics' };

/** @returns undefined where no port is set */
export async function startMetrics(
  { database }: ApiContext,
  { METRICS_HOST: host, API_METRICS_PORT: port }: Settings,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined;
  gaugeState(() => database.asOps(SCRAPER, readState));
  return await serveMetrics({ host, port, ready: () => true });
}
