import { test } from 'vitest';
import { MemoryBroker } from '../../memory-broker.ts';
import { MemoryTransport } from '../../memory-transport.ts';
import { testTransport } from './test-transport.ts';

testTransport(test, {
  capabilities: {
    unknownServiceAtOnce: true,
    durable: true,
    keywordArguments: true,
    cancellation: true,
    connectionLoss: true,
    unreadableMessages: 'the transport over AMQP is shown them over brokers that foreign clients can reach',
    unreachableBroker: 'a broker in memory is always there',
  },
  createWorld: async () => {
    const broker = new MemoryBroker();
    const made: MemoryTransport[] = [];
    return {
      create: async () => {
        const transport = new MemoryTransport({ broker });
        made.push(transport);
        return transport;
      },
      breakConnections: async () => {
        for (const transport of made) transport.cut();
      },
      [Symbol.asyncDispose]: async () => broker.close(),
    };
  },
});
