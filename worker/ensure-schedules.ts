import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { completenessScheduleId, reconcileScheduleId } from '../workflows/ids.ts';

export interface ScheduleSettings {
  taskQueue: string;
  reconcileEveryMs: number;
  /** Hour of the day, UTC. */
  completenessAtHour: number;
}

/** What runs by the clock; created, or brought up to date, by every worker that starts. */
export async function ensureSchedules(client: Client, settings: ScheduleSettings): Promise<void> {
  for (const schedule of schedules(settings)) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec, action, policies } = schedule;
      await client.schedule
        .getHandle(schedule.scheduleId)
        .update((previous) => ({ ...previous, spec, action, ...(policies && { policies }) }));
    }
  }
}

function schedules(settings: ScheduleSettings): ScheduleOptions[] {
  const { taskQueue, reconcileEveryMs, completenessAtHour } = settings;
  // What was missed while Temporal was away is made up for once, unless the next run soon does it all.
  const policies = (catchupWindow: '1 minute' | '12 hours') =>
    ({ overlap: ScheduleOverlapPolicy.SKIP, catchupWindow }) as const;
  const action = (workflowType: string, workflowId: string, staticSummary: string) =>
    ({
      type: 'startWorkflow',
      workflowType,
      workflowId,
      taskQueue,
      args: [],
      staticSummary,
    }) as const;
  return [
    {
      scheduleId: reconcileScheduleId(taskQueue),
      spec: { intervals: [{ every: reconcileEveryMs }] },
      action: action(
        'reconcileWorkflow',
        reconcileScheduleId(taskQueue),
        'Makes Postgres and what runs agree',
      ),
      policies: policies('1 minute'),
    },
    {
      scheduleId: completenessScheduleId(taskQueue),
      spec: { calendars: [{ hour: completenessAtHour, minute: 17 }] },
      action: action(
        'completenessWorkflow',
        completenessScheduleId(taskQueue),
        'Asks every inbox to look for mail that was missed',
      ),
      policies: policies('12 hours'),
    },
  ];
}
