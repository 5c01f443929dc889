import { declareEntrypoint, type EntrypointDecorator } from '../core/declaration.ts';
import type { EventDefinition, EventOf } from '../core/event-definition.ts';
import { UsageError } from '../foundation/errors.ts';
import type { HandledEvent } from './event-handler-description.ts';
import { EventHandlerEntrypoint } from './event-handler-entrypoint.ts';
import type { EventHandlerOptions } from './event-handler-options.ts';

/**
 * Fires a method for each event of a type: `@eventHandler(OrderPlaced)`, whose payload is checked and typed, or
 * `@eventHandler('orders', 'order_placed')`, where the type may contain the wildcards `*` (one word) and `#` (any).
 */
export function eventHandler<D extends EventDefinition>(
  event: D,
  options?: EventHandlerOptions<EventOf<D>>,
): EntrypointDecorator<(payload: EventOf<D>) => unknown>;
export function eventHandler(
  source: string,
  type: string,
  options?: EventHandlerOptions<never>,
): EntrypointDecorator<(payload: never) => unknown>;
export function eventHandler(
  first: EventDefinition | string,
  second?: EventHandlerOptions<never> | string,
  third?: EventHandlerOptions<never>,
): EntrypointDecorator<(payload: never) => unknown> {
  const event = typeof first === 'string' ? { source: first, type: second as string } : first;
  const options = typeof second === 'object' ? second : (third ?? {});
  checkEvent(event);
  return declareEntrypoint('event', () => new EventHandlerEntrypoint(event, options));
}

function checkEvent({ source, type }: HandledEvent): void {
  if (typeof source === 'string' && source && typeof type === 'string' && type) return;
  throw new UsageError(
    `@eventHandler(${JSON.stringify(source)}, ${JSON.stringify(type)}): name the service that dispatches and the type of the event`,
  );
}
