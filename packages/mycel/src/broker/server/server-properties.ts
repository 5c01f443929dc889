import { processIdentity } from '../../foundation/process-identity.ts';
import type { FieldTable } from '../../protocol/codec/index.ts';

/** What RabbitMQ says it can do, and so can this broker: clients look for it. */
const capabilities: FieldTable = {
  publisher_confirms: true,
  exchange_exchange_bindings: true,
  'basic.nack': true,
  consumer_cancel_notify: true,
  'connection.blocked': true,
  consumer_priorities: true,
  authentication_failure_close: true,
  per_consumer_qos: true,
  direct_reply_to: true,
};

/**
 * What the server says of itself before anybody has logged in. Its product is not RabbitMQ, so that nobody takes it for
 * that; `mycel` is what another process of Mycel knows it by.
 */
export function serverProperties(instance: string): FieldTable {
  const { mycel, pid } = processIdentity();
  return {
    capabilities,
    product: 'Mycel',
    version: mycel,
    platform: `Node.js ${process.version}`,
    information: 'The embedded broker of Mycel: it keeps everything in memory.',
    mycel: { embedded: true, instance, pid },
  };
}
