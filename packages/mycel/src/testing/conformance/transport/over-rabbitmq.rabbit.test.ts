import { test } from 'vitest';
import { connect } from 'amqplib';
import { freshVhost } from '../../../../../../tests/support/rabbit.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../../../amqp/amqp-transport.ts';
import { testTransport } from './test-transport.ts';
import type { TransportWorld } from './transport-subject.ts';

forbidUnhandledRejections();

testTransport(test, {
  capabilities: {
    unknownServiceAtOnce: true,
    durable: true,
    keywordArguments: true,
    cancellation: true,
    connectionLoss: true,
    unreadableMessages: true,
    unreachableBroker: true,
  },
  createWorld: async () => worldOn(await freshVhost()),
});

type Rabbit = Awaited<ReturnType<typeof freshVhost>>;

function worldOn(rabbit: Rabbit): TransportWorld {
  const sendUnreadable = async (exchange: string, routingKey: string): Promise<void> => {
    const client = await connect(rabbit.uri);
    const channel = await client.createConfirmChannel();
    channel.publish(exchange, routingKey, Buffer.from('{oops'), { contentType: 'application/json' });
    await channel.waitForConfirms();
    await client.close();
  };
  return {
    create: async () => new AmqpTransport({ uri: rabbit.uri }),
    createUnreachable: async () => new AmqpTransport({ uri: 'amqp://127.0.0.1:1' }),
    breakConnections: () => rabbit.closeConnections(),
    sendUnreadableCall: (service, method) => sendUnreadable('nameko-rpc', `${service}.${method}`),
    sendUnreadableEvent: (source, type) => sendUnreadable(`${source}.events`, type),
    [Symbol.asyncDispose]: () => rabbit[Symbol.asyncDispose](),
  };
}
