import { callArguments } from './calls/call-arguments.ts';
import { callCancellation } from './calls/call-cancellation.ts';
import { callClosing } from './calls/call-closing.ts';
import { callContext } from './calls/call-context.ts';
import { callDeadlines } from './calls/call-deadlines.ts';
import { callErrors } from './calls/call-errors.ts';
import { callLoad } from './calls/call-load.ts';
import { callSending } from './calls/call-sending.ts';
import { callServing } from './calls/call-serving.ts';
import { callSharing } from './calls/call-sharing.ts';
import { callValues } from './calls/call-values.ts';
import { unknownServices } from './calls/unknown-services.ts';
import { connectionLoss } from './connection-loss.ts';
import { eventContent } from './events/event-content.ts';
import { eventModes } from './events/event-modes.ts';
import { eventFailures } from './events/event-failures.ts';
import { eventOrder } from './events/event-order.ts';
import { eventRouting } from './events/event-routing.ts';
import { eventSettlement } from './events/event-settlement.ts';
import { eventStopping } from './events/event-stopping.ts';
import { serviceDiscovery } from './service-discovery.ts';
import type { TransportBehaviour } from './transport-behaviour.ts';
import { transportLife } from './transport-life.ts';

/** What every transport must do, in the order in which one would make it work. */
export const transportBehaviours: readonly TransportBehaviour[] = [
  ...transportLife,
  ...callArguments,
  ...callValues,
  ...callContext,
  ...callErrors,
  ...unknownServices,
  ...callSending,
  ...callDeadlines,
  ...callCancellation,
  ...callSharing,
  ...callServing,
  ...callClosing,
  ...callLoad,
  ...eventContent,
  ...eventRouting,
  ...eventModes,
  ...eventSettlement,
  ...eventFailures,
  ...eventStopping,
  ...eventOrder,
  ...serviceDiscovery,
  ...connectionLoss,
];
