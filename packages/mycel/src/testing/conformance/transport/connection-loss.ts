import { callRecovery } from './losses/call-recovery.ts';
import { endingAfterLoss } from './losses/ending-after-loss.ts';
import { eventRecovery } from './losses/event-recovery.ts';
import { needing, type TransportBehaviour } from './transport-behaviour.ts';

/** Connections are lost: everything comes back by itself, and nothing that was taken is lost. */
export const connectionLoss: readonly TransportBehaviour[] = needing('connectionLoss', [
  ...callRecovery,
  ...eventRecovery,
  ...endingAfterLoss,
]);
