import { test } from 'vitest';
import { amqpSubject } from '../../../../../../tests/support/amqp-subject.ts';
import { freshVhost } from '../../../../../../tests/support/rabbit.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../../../amqp/amqp-transport.ts';
import { parseAmqpUris } from '../../../amqp/amqp-uri.ts';
import { AmqpConnection } from '../../../protocol/client/index.ts';
import { testTransport } from './test-transport.ts';

forbidUnhandledRejections();

testTransport(test, {
  patienceMs: 40_000,
  ...amqpSubject(async () => {
    const rabbit = await freshVhost();
    return {
      createTransport: () => new AmqpTransport({ uri: rabbit.uri }),
      connect: async () => AmqpConnection.connect(parseAmqpUris(rabbit.uri)[0]),
      breakConnections: () => rabbit.closeConnections(),
      [Symbol.asyncDispose]: () => rabbit[Symbol.asyncDispose](),
    };
  }),
});
