import type { EmulatorControl } from '../emulator/index.ts';
import { isPush } from '../emulator/shared/access-log.ts';

type Query = (text: string, params: unknown[]) => Promise<object[]>;

/**
 * The moment from which on a call that comes in at the provider is proven to have left after the
 * answer of a disconnect; ask for it as soon as that answer is here.
 *
 * A call that left before lies in the emulator's sockets by then: the fence is held until its bytes
 * are written, and what is written to a socket of the same machine is there. But the emulator, which
 * does one thing at a time, may read it later, so the answer's own time proves nothing. It reads in
 * the order in which bytes came in, and a new connection one turn after it has taken it: when it
 * answers the second of two questions, it has read all that was there before the first. A call is
 * noted as it is read, so what is noted later has left later. Blind is the time of the two questions;
 * it is handed back to be told, and an allowance for slow machines there is not.
 */
export async function provenAfter(
  emulator: Pick<EmulatorControl, 'now'>,
): Promise<{ provenMs: number; blindMs: number }> {
  const since = performance.now();
  await emulator.now();
  const provenMs = await emulator.now();
  return { provenMs, blindMs: performance.now() - since };
}

/** Calls of a mailbox that came in after that moment, in words; pushes go the other way. */
export async function callsAfter(
  emulator: Pick<EmulatorControl, 'accessLog'>,
  mailbox: string,
  provenMs: number,
): Promise<string[]> {
  return (await emulator.accessLog({ mailbox }))
    .filter(({ method }) => !isPush(method))
    .filter(({ arrivedMs }) => arrivedMs > provenMs)
    .map(({ method, status, arrivedMs }) => `${method} ${status}, ${arrivedMs - provenMs} ms late`);
}

/**
 * What of a table is not the inbox's data, or is no writing for it: orders that Temporal has been
 * told are cleared away; and what its user reads of the mail that stays is noted.
 */
const ASIDE: Readonly<Record<string, string>> = {
  workflow_commands: 'false',
  audit_log: `act not like '%.read'`,
};

/**
 * Columns in which is noted how telling goes on, as it does after a disconnect: what has happened is
 * still told to endpoints. That it happened, and what is told of it, is the inbox's.
 */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  event_deliveries: [
    ...['state', 'attempts', 'due_at', 'expires_at', 'settled_at'],
    ...['last_status', 'last_failure'],
  ],
};

/**
 * Every row of an inbox, of every table of the catalogue that has any, so that a table made later
 * cannot be forgotten: how many, and their hash, by table.
 */
export async function rowsOf(query: Query, inboxId: string): Promise<Record<string, string>> {
  const tables = (await query(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name = 'inbox_id' order by 1`,
    [],
  )) as { name: string }[];
  const places = [['inboxes', 'id'], ...tables.map(({ name }) => [name, 'inbox_id'])];
  const selects = places.map(([table = '', column]) => {
    const telling = (TELLING[table] ?? []).map((name) => ` - '${name}'`).join('');
    const row = telling ? `(to_jsonb(t)${telling})::text` : 't::text';
    return `select '${table}' as name, count(*) || ' ' ||
         coalesce(md5(string_agg(${row}, '|' order by ${row})), '') as rows
       from ${table} t where ${column} = $1 and ${ASIDE[table] ?? 'true'}`;
  });
  const rows = (await query(selects.join(' union all '), [inboxId])) as {
    name: string;
    rows: string;
  }[];
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}
