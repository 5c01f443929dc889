// Mycel's names for queues and exchanges, taken by every contender, so that all of them can be deleted in one way.

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
