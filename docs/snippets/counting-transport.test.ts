// #region suite
import { AmqpTransport } from 'mycel/amqp';
import { startBroker } from 'mycel/broker';
import { testTransport } from 'mycel/testing';
import { test } from 'vitest';
import { counting } from './counting-transport.ts';

testTransport(test, {
  capabilities: {
    unknownServiceAtOnce: true,
    durable: true,
    keywordArguments: true,
    cancellation: true,
    discovery: 'nobody is counted who asks for services',
    connectionLoss: 'the transport inside sees to lost connections',
    unreadableMessages: 'the transport inside reads the messages',
    unreachableBroker: true,
  },
  createWorld: async () => {
    const broker = await startBroker({ port: 0 }); // empty, and of this world alone
    return {
      create: async () => counting(new AmqpTransport({ uri: broker.uri })),
      createUnreachable: async () => counting(new AmqpTransport({ uri: 'amqp://127.0.0.1:1' })),
      [Symbol.asyncDispose]: () => broker.close(),
    };
  },
});
// #endregion suite
