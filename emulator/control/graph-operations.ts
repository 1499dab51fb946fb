import type { EmulatorContext } from './context.ts';
import { ControlError } from './control-error.ts';
import type { GraphControl } from './graph-contract.ts';

type GraphOperations = Pick<
  GraphControl,
  | 'setGraphQuota'
  | 'graphQuotaCounts'
  | 'setGraphLimits'
  | 'setGraphLinks'
  | 'setNotifications'
  | 'notificationDeliveries'
  | 'graphSubscriptions'
  | 'sendLifecycle'
>;

/** @param ownUrl where the emulator listens; links go there unless told otherwise */
export const graphOperations = (
  { graph }: EmulatorContext,
  ownUrl: () => string,
): GraphOperations => ({
  async setGraphQuota(input) {
    graph.quota.configure(input);
    return graph.quota.options;
  },
  async graphQuotaCounts() {
    return graph.quota.counts();
  },
  async setGraphLimits(input) {
    Object.assign(graph.limits, input);
    return { ...graph.limits };
  },
  async setGraphLinks({ base }) {
    graph.linkBase = base ?? ownUrl();
    return graph.linkBase;
  },
  async setNotifications(input) {
    graph.notifications.behaviour = { ...graph.notifications.behaviour, ...input };
    return graph.notifications.behaviour;
  },
  async notificationDeliveries() {
    return graph.notifications.deliveries();
  },
  async graphSubscriptions() {
    return graph.notifications.all();
  },
  async sendLifecycle({ subscriptionId, event }) {
    const found = graph.notifications.find(subscriptionId);
    if (!found) throw new ControlError(`No subscription ${subscriptionId}`);
    graph.notifications.lifecycle(found, event);
  },
});
