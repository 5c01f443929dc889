import type { EventSubscriber } from '../../packages/mycel/src/transport/event-transport.ts';

/** The handler `on_sold` of the service `stock`, for events `sold` of `shop`. */
export const onSold: EventSubscriber = {
  source: 'shop',
  type: 'sold',
  service: 'stock',
  method: 'on_sold',
  mode: 'service-pool',
  reliable: true,
  prefetch: 5,
};
