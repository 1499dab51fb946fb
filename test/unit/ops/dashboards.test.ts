import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { register } from 'prom-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import '../../../metrics/engine.ts';
import { serveMetrics } from '../../../metrics/serve.ts';
import { gaugeState, gaugeWorker } from '../../../metrics/state.ts';

const fileOf = (name: string): string =>
  readFileSync(new URL(`../../../ops/${name}`, import.meta.url), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
const rules = (parse(fileOf('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
interface Panel {
  title: string;
  targets: { expr: string }[];
}
const { panels } = JSON.parse(fileOf('grafana-dashboard.json')) as { panels: Panel[] };
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

const STATE = {
  inboxes: [{ status: 'connected', count: 3 }],
  backfills: [{ state: 'running', count: 1 }],
  gaps: [{ cause: 'missed', count: 1 }],
  failedBackfills: 2,
  unsyncedSeconds: 30,
  openGaps: 1,
  oldestGapSeconds: 60,
  untoldCommands: 0,
  oldestCommandSeconds: 0,
  inboxesWithProblem: 0,
};
let state: typeof STATE | Error = STATE;
let metricsUrl = '';
beforeAll(async () => {
  gaugeState(async () => {
    if (state instanceof Error) throw state;
    return state;
  });
  gaugeWorker(() => true);
  const server = await serveMetrics({ host: '127.0.0.1', port: 0, ready: () => true });
  metricsUrl = `${server.url}/metrics`;
  return () => server[Symbol.asyncDispose]();
});

/** Metrics of ours that an expression names, by the name they are declared with. */
const namedIn = (expr: string): string[] =>
  [...expr.matchAll(/\bsambandh_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

describe('ops/', () => {
  it('B11 names only metrics that exist, in every alert and panel', () => {
    const declared = new Set(register.getMetricsAsArray().map(({ name }) => name));
    const missing = expressions.flatMap(namedIn).filter((name) => !declared.has(name));
    expect(missing).toEqual([]);
    expect(expressions.length).toBeGreaterThan(20);
  });

  it('shows every metric of ours somewhere', () => {
    const shown = new Set(expressions.flatMap(namedIn));
    const ours = register
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => !/^sambandh_(process|nodejs)_/.test(name));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('tells operators before users notice that nothing is synced', () => {
    const watched = new Set(rules.flatMap(({ expr }) => namedIn(expr)));
    for (const name of ['sambandh_worker_ready', 'sambandh_inbox_unsynced_seconds']) {
      expect(watched).toContain(name);
    }
    expect(rules.map(({ expr }) => expr).join()).toContain('absent(sambandh_worker_ready)');
  });

  it.each(rules)('$alert says what happened and what to do', (rule) => {
    expect(rule.annotations).toMatchObject({
      summary: expect.any(String),
      action: expect.any(String),
    });
    expect(['page', 'ticket']).toContain(rule.labels.severity);
  });

  it.each(expressions)('%s is PromQL', (expr) => {
    const wrong: string[] = [];
    parser.parse(expr).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError)
          wrong.push(`at ${from}: ${expr.slice(from, to) || 'something is missing'}`);
      },
    });
    expect(wrong).toEqual([]);
  });

  it('serves gauges as Postgres stands, and none that it could not read', async () => {
    const scrape = async (): Promise<string> => (await fetch(metricsUrl)).text();
    const first = await scrape();
    expect(first).toContain('sambandh_inboxes{status="connected"} 3');
    expect(first).toContain('sambandh_backfills_failed 2');
    expect(first).toContain('sambandh_inbox_unsynced_seconds 30');
    expect(first).toContain('sambandh_gaps_of_day{cause="missed"} 1');
    expect(first).toContain('sambandh_worker_ready 1');
    state = new Error('Postgres is away');
    await expect.poll(scrape, { timeout: 5_000 }).toContain('sambandh_state_read 0');
    expect(await scrape()).not.toContain('sambandh_inboxes{');
  });
});
