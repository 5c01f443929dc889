import { test } from 'vitest';
import { connectOptionsOf } from '../../../../../../tests/support/amqp-connect-options.ts';
import { freshVhost } from '../../../../../../tests/support/rabbit.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

testBroker(test, {
  // Seen with 3.10.8.
  lacking: { deathOrder: 'RabbitMQ 3.10 turns the order of the earlier deaths around with each new one' },
  openVhost: async () => {
    const rabbit = await freshVhost();
    const { host = '127.0.0.1', port = 5672, credentials } = connectOptionsOf(rabbit.uri);
    const { username, password } = credentials;
    return {
      vhost: rabbit.vhost,
      entrance: { host, port, username, password },
      [Symbol.asyncDispose]: async () => rabbit[Symbol.asyncDispose](),
    };
  },
});
