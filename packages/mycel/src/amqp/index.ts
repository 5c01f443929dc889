import { transportResource } from '../transport/transport-resource.ts';
import type { AmqpOptions } from './amqp-options.ts';
import { AmqpTransport } from './amqp-transport.ts';

export type { AmqpOptions, RpcQueueType, TopologyName } from './amqp-options.ts';
export { amqpOptionsFrom, amqpSection } from './amqp-section.ts';
export { maskUri } from './amqp-uri.ts';
export { AmqpTransport };

/** The AMQP transport as what the services of a process share: `new ServiceRunner([...], { resources: [amqp({ uri })] })`. */
export function amqp(options: AmqpOptions = {}): ReturnType<typeof transportResource> {
  return transportResource(new AmqpTransport(options));
}
