import type { OpsApi } from './api.ts';
import type { Command } from './command.ts';
import { type Answer, print } from './print.ts';

const MIXED = 3;

/** @returns the exit code */
export async function runCommand(
  { name, id, options }: Command,
  api: OpsApi,
  say: (text: string) => void,
): Promise<number> {
  const { state, kind, inbox, org, status } = options;
  const show = (answer: Answer): void =>
    say(options.json ? JSON.stringify(answer, null, 2) : print[name](answer));
  switch (name) {
    case 'backfills list': {
      const failed = options.failed ? 'true' : undefined;
      const filter = { failed, state, kind, inboxId: inbox, orgId: org };
      show({ backfills: await pages(api, '/backfills', 'backfills', filter) });
      return 0;
    }
    case 'inbox list':
      show({ inboxes: await pages(api, '/inboxes', 'inboxes', { status, orgId: org }) });
      return 0;
    case 'backfills explain':
      show(await api.get(`/backfills/${id}`));
      return 0;
    case 'inbox show':
      show(await api.get(`/inboxes/${id}`));
      return 0;
    case 'inbox wake':
      show(await api.post(`/inboxes/${id}/wake`));
      return 0;
    case 'reconcile':
      show(await api.post('/reconcile'));
      return 0;
    case 'backfills replay': {
      if (id !== null) {
        show(await api.post(`/backfills/${id}/replay`));
        return 0;
      }
      const answer = await api.post<Answer>('/backfills/replay', {
        filter: definedOf({ kind, inboxId: inbox, orgId: org }),
        dryRun: options['dry-run'],
      });
      show(answer);
      return answer.replays.some((one: Answer) => one.outcome === 'not_connected') ? MIXED : 0;
    }
  }
}

/** All pages: an operator's list is as long as it is. */
async function pages(
  api: OpsApi,
  path: string,
  field: string,
  filter: Record<string, string | undefined>,
): Promise<Answer[]> {
  const items: Answer[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.get<Answer>(path, { ...filter, limit: '100', cursor });
    items.push(...page[field]);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return items;
}

const definedOf = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
