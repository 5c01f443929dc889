import { describe, test } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { freshVhost } from '../../../../../tests/support/rabbit.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import type { EmptyVhost } from './broker/broker-world.ts';
import { testBroker } from './broker/test-broker.ts';

describe('RabbitMQ', () => testBroker(test, { openVhost }));

async function openVhost(): Promise<EmptyVhost> {
  const rabbit = await freshVhost();
  const options = connectOptionsOf(rabbit.uri);
  const { host = '127.0.0.1', port = 5672 } = options;
  return {
    vhost: rabbit.vhost,
    user: options.credentials.username,
    address: { host, port },
    connect: async (chosen = {}) => AmqpConnection.connect({ ...options, ...chosen }),
    [Symbol.asyncDispose]: async () => rabbit[Symbol.asyncDispose](),
  };
}
