import type { ConformanceCapabilities, TransportSubject } from 'mycel/testing';
import { AmqpTransport } from '../../packages/mycel/src/amqp/amqp-transport.ts';
import type { AmqpConnection } from '../../packages/mycel/src/protocol/client/index.ts';

/** A broker of one test's own that speaks AMQP. */
export interface AmqpBroker extends AsyncDisposable {
  createTransport(): AmqpTransport;
  /** Connects to it as a program that knows nothing of services. */
  connect(): Promise<AmqpConnection>;
  /** Ends every connection of its transports from outside. */
  breakConnections(): Promise<void>;
}

const capabilities: ConformanceCapabilities = {
  unknownServiceAtOnce: true,
  durable: true,
  keywordArguments: true,
  cancellation: true,
  retries: true,
  discovery: true,
  connectionLoss: true,
  unreadableMessages: true,
  unreachableBroker: true,
};

/** Puts `AmqpTransport` to the test on a broker. */
export function amqpSubject(
  openBroker: () => Promise<AmqpBroker>,
  lacking: Partial<ConformanceCapabilities> = {},
): TransportSubject {
  return {
    capabilities: { ...capabilities, ...lacking },
    createWorld: async () => {
      const broker = await openBroker();
      return {
        create: async () => broker.createTransport(),
        createUnreachable: async () => new AmqpTransport({ uri: 'amqp://127.0.0.1:1' }),
        breakConnections: () => broker.breakConnections(),
        sendUnreadableCall: (service, method) => sendUnreadable(broker, 'nameko-rpc', `${service}.${method}`),
        sendUnreadableEvent: (source, type) => sendUnreadable(broker, `${source}.events`, type),
        [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
      };
    },
  };
}

async function sendUnreadable(broker: AmqpBroker, exchange: string, routingKey: string): Promise<void> {
  const connection = await broker.connect();
  const channel = await connection.openChannel();
  await channel.confirmSelect();
  await channel.publishConfirmed(exchange, routingKey, '{oops', { contentType: 'application/json' });
  await connection.close();
}
