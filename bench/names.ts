// Mycel's names for queues and exchanges, taken by every contender that lets one choose, so that all of them can be deleted in one way.

/** The type of the events that are published. */
export const eventType = 'happened';

/** The queue of calls to the service `id`. */
export function requestQueue(id: string): string {
  return `rpc-${id}`;
}

/** The exchange of the events of the service `id`. */
export function eventExchange(id: string): string {
  return `${id}.events`;
}

/** The service that handles the events of the service `id`, by its method `handle`. */
export function handlerService(id: string): string {
  return `${id}_handler`;
}

/** The queue of that service's handler. */
export function handlerQueue(id: string): string {
  return `evt-${id}-${eventType}--${handlerService(id)}.handle`;
}

/** What a contender keeps on the broker. */
export interface BrokerNames {
  /** The queue whose messages its server handles. */
  readonly served: string;
  readonly queues: readonly string[];
  readonly exchanges: readonly string[];
}

/** What a contender of id `id` keeps on the broker under the names of this file. */
export function ownNames(id: string, isEvents: boolean): BrokerNames {
  return {
    served: isEvents ? handlerQueue(id) : requestQueue(id),
    queues: [requestQueue(id), requestQueue(`${id}_driver`), handlerQueue(id)],
    exchanges: [eventExchange(id)],
  };
}

const moleculerNodes = ['server', 'client'] as const;
const moleculerBroadcasts = ['DISCOVER', 'INFO', 'DISCONNECT', 'HEARTBEAT', 'PING'] as const;
const moleculerTargeted = [...moleculerBroadcasts, 'REQ', 'RES', 'EVENT', 'PONG'] as const;

/** What Moleculer keeps on the broker for the namespace `id`. With `isTuned` an action and an event have a queue each. */
export function moleculerNames(id: string, isEvents: boolean, isTuned: boolean): BrokerNames {
  const prefix = `MOL-${id}`;
  const balanced = [`${prefix}.REQB.echo.echo`, `${prefix}.EVENTB.handler.${eventType}`];
  const shared = isEvents ? balanced[1] : balanced[0];
  return {
    served: isTuned && shared !== undefined ? shared : `${prefix}.${isEvents ? 'EVENT' : 'REQ'}.server`,
    queues: [
      ...moleculerTargeted.flatMap((packet) => moleculerNodes.map((node) => `${prefix}.${packet}.${node}`)),
      ...balanced,
    ],
    exchanges: moleculerBroadcasts.map((packet) => `${prefix}.${packet}`),
  };
}
