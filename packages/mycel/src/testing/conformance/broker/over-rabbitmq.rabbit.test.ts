import { test } from 'vitest';
import { connectOptionsOf } from '../../../../../../tests/support/amqp-connect-options.ts';
import { freshVhost, rabbitVersion } from '../../../../../../tests/support/rabbit.ts';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { differencesOf } from './rabbitmq-differences.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

const version = await rabbitVersion();

testBroker(test, {
  // Seen with 3.10.8, 4.0.5 and 4.3.6.
  lacking: { deathOrder: 'RabbitMQ turns the order of the earlier deaths around with each new one' },
  differing: differencesOf(version),
  patienceMs: 40_000,
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
