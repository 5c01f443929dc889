import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { BrokerEngine, BrokerServer } from '../../../broker/index.ts';
import { AmqpConnection } from '../../../protocol/client/index.ts';
import { embeddedBrokerLacks } from './embedded-broker-lacks.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

const guest = { username: 'guest', password: 'guest' } as const;
const engine = new BrokerEngine();
let server: BrokerServer;

beforeAll(async () => {
  server = await BrokerServer.listen({ engine, port: 0 });
});

afterAll(async () => {
  await server.close();
  engine.close();
});

testBroker(test, {
  lacking: embeddedBrokerLacks,
  openVhost: async () => {
    const vhost = randomUUID();
    engine.createVhost(vhost);
    const options = { ...server.address, vhost, credentials: { mechanism: 'PLAIN', ...guest } } as const;
    return {
      vhost,
      user: guest.username,
      address: { ...server.address, ...guest },
      connect: async (chosen) => AmqpConnection.connect({ ...options, ...chosen }),
      [Symbol.asyncDispose]: async () => engine.deleteVhost(vhost),
    };
  },
});
