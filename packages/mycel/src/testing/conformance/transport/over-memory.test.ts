import { test } from 'vitest';
import { amqpSubject } from '../../../../../../tests/support/amqp-subject.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { connectInProcess } from '../../../broker/in-process/index.ts';
import { MemoryBroker } from '../../memory-broker.ts';
import { MemoryTransport } from '../../memory-transport.ts';
import { testTransport } from './test-transport.ts';

forbidUnhandledRejections();

testTransport(test, {
  patienceMs: 30_000,
  ...amqpSubject(
    async () => {
      const broker = new MemoryBroker();
      const transports: MemoryTransport[] = [];
      return {
        createTransport: () => {
          const transport = new MemoryTransport({ broker });
          transports.push(transport);
          return transport;
        },
        connect: async () => connectInProcess(broker.engine),
        breakConnections: async () => {
          for (const transport of transports) transport.cut();
        },
        [Symbol.asyncDispose]: async () => broker.close(),
      };
    },
    { unreachableBroker: 'a broker in memory is always there' },
  ),
});
