import type { EmulatorContext } from './context.ts';
import type { EmulatorControl } from './contract.ts';

type OperationControls = Pick<
  EmulatorControl,
  | 'now'
  | 'advanceClock'
  | 'setQuota'
  | 'quotaCounts'
  | 'setLimits'
  | 'addSubscription'
  | 'clearSubscriptions'
  | 'setPush'
  | 'pushDeliveries'
  | 'watches'
  | 'armFault'
  | 'clearFaults'
  | 'seedFaults'
  | 'setLatency'
  | 'accessLog'
  | 'accessCounts'
  | 'clearLog'
>;

/** Clock, quota, push, faults, latency and the log. */
export const operationControls = ({
  google: context,
  graph,
}: EmulatorContext): OperationControls => {
  const { clock, quota, pubsub, faults, latency, log } = context;
  return {
    async now() {
      return clock.now();
    },
    async advanceClock({ ms }) {
      clock.advance(ms);
      return clock.now();
    },
    async setQuota(input) {
      quota.configure(input);
      return quota.options;
    },
    async quotaCounts() {
      return quota.counts();
    },
    async setLimits(input) {
      Object.assign(context.limits, input);
      return { ...context.limits };
    },
    async addSubscription(input) {
      pubsub.subscriptions.push(input);
    },
    async clearSubscriptions() {
      pubsub.subscriptions = [];
    },
    async setPush(input) {
      pubsub.behaviour = { ...pubsub.behaviour, ...input };
      return pubsub.behaviour;
    },
    async pushDeliveries() {
      return pubsub.deliveries();
    },
    async watches() {
      return pubsub.watches();
    },
    async armFault(input) {
      return { id: faults.arm(input) };
    },
    async clearFaults(input) {
      faults.clear(input?.id);
    },
    async seedFaults({ seed }) {
      faults.reseed(seed);
    },
    async setLatency({ rules }) {
      latency.set(rules);
    },
    async accessLog(input) {
      return log.query(input);
    },
    async accessCounts() {
      return log.counts();
    },
    async clearLog() {
      log.clear();
      quota.clearCounts();
      pubsub.clearDeliveries();
      graph.quota.clearCounts();
      graph.notifications.clearDeliveries();
    },
  };
};
