import { test } from 'vitest';
import { connectOptionsOf } from '../../../../../../tests/support/amqp-connect-options.ts';
import { freshVhost } from '../../../../../../tests/support/rabbit.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection } from '../../../protocol/client/index.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

testBroker(test, {
  openVhost: async () => {
    const rabbit = await freshVhost();
    const options = connectOptionsOf(rabbit.uri);
    const { host = '127.0.0.1', port = 5672, credentials } = options;
    const { username, password } = credentials;
    return {
      vhost: rabbit.vhost,
      user: username,
      address: { host, port, username, password },
      connect: async (chosen) => AmqpConnection.connect({ ...options, ...chosen }),
      [Symbol.asyncDispose]: async () => rabbit[Symbol.asyncDispose](),
    };
  },
});
