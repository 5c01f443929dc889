import { test } from 'vitest';
import { amqpSubject } from '../../../../../../tests/support/amqp-subject.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../../../amqp/amqp-transport.ts';
import { BrokerEngine } from '../../../broker/index.ts';
import { connectInProcess, InProcessSource } from '../../../broker/in-process/index.ts';
import { testTransport } from './test-transport.ts';

forbidUnhandledRejections();

testTransport(
  test,
  amqpSubject(
    async () => {
      const engine = new BrokerEngine();
      const sources: InProcessSource[] = [];
      return {
        createTransport: () => {
          const source = new InProcessSource(engine);
          sources.push(source);
          return new AmqpTransport({}, source);
        },
        connect: async () => connectInProcess(engine),
        breakConnections: async () => {
          for (const source of sources) source.cut();
        },
        [Symbol.asyncDispose]: async () => engine.close(),
      };
    },
    { unreachableBroker: 'an engine in the process is always there' },
  ),
);
