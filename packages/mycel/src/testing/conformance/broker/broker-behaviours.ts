import { bindings } from './bindings.ts';
import type { BrokerBehaviour } from './broker-behaviour.ts';
import { channels } from './channels.ts';
import { connections } from './connections.ts';
import { consumerChoice } from './consumer-choice.ts';
import { consuming } from './consuming.ts';
import { deadLetteringAtLeastOnce } from './dead-lettering-at-least-once.ts';
import { deadLettering } from './dead-lettering.ts';
import { deathHistory } from './death-history.ts';
import { exchangeToExchange } from './exchange-to-exchange.ts';
import { exchangesDeclaring } from './exchanges-declaring.ts';
import { exchangesDeleting } from './exchanges-deleting.ts';
import { expiry } from './expiry.ts';
import { fetching } from './fetching.ts';
import { headersExchange } from './headers-exchange.ts';
import { names } from './names.ts';
import { prefetching } from './prefetching.ts';
import { priorities } from './priorities.ts';
import { publishing } from './publishing.ts';
import { queueArguments } from './queue-arguments.ts';
import { queueLength } from './queue-length.ts';
import { queueTypes } from './queue-types.ts';
import { queuesDeclaring } from './queues-declaring.ts';
import { queuesDeleting } from './queues-deleting.ts';
import { replyTo } from './reply-to.ts';
import { roundTrip } from './round-trip.ts';
import { routing } from './routing.ts';
import { settling } from './settling.ts';
import { transactions } from './transactions.ts';
import { wireFaults } from './wire-faults.ts';
import { wireOrder } from './wire-order.ts';

/** What every AMQP 0-9-1 broker that Mycel runs on does. */
export const brokerBehaviours: readonly BrokerBehaviour[] = [
  ...exchangesDeclaring,
  ...exchangesDeleting,
  ...bindings,
  ...routing,
  ...headersExchange,
  ...exchangeToExchange,
  ...queuesDeclaring,
  ...queueArguments,
  ...queueTypes,
  ...names,
  ...queuesDeleting,
  ...expiry,
  ...queueLength,
  ...deadLettering,
  ...deadLetteringAtLeastOnce,
  ...deathHistory,
  ...priorities,
  ...consuming,
  ...prefetching,
  ...consumerChoice,
  ...settling,
  ...fetching,
  ...publishing,
  ...roundTrip,
  ...replyTo,
  ...transactions,
  ...channels,
  ...connections,
  ...wireOrder,
  ...wireFaults,
];
