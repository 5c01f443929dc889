import { test } from 'vitest';
import { amqpSubject } from '../../../../../../tests/support/amqp-subject.ts';
import { FaultProxy } from '../../../../../../tests/support/fault-proxy.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../../../amqp/amqp-transport.ts';
import { parseAmqpUris } from '../../../amqp/amqp-uri.ts';
import { startBroker } from '../../../broker/index.ts';
import { AmqpConnection } from '../../../protocol/client/index.ts';
import { testTransport } from './test-transport.ts';

forbidUnhandledRejections();

testTransport(test, {
  patienceMs: 30_000,
  ...amqpSubject(async () => {
    const broker = await startBroker({ port: 0 });
    const proxy = await FaultProxy.start(broker.uri);
    return {
      createTransport: () => new AmqpTransport({ uri: proxy.uri }),
      connect: async () => AmqpConnection.connect(parseAmqpUris(broker.uri)[0]),
      breakConnections: async () => proxy.cut(),
      [Symbol.asyncDispose]: async () => {
        await proxy[Symbol.asyncDispose]();
        await broker.close();
      },
    };
  }),
});
