import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { BrokerEngine, BrokerServer } from '../../../broker/index.ts';
import { embeddedBrokerLacks } from './embedded-broker-lacks.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

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
  patienceMs: 30_000,
  openVhost: async () => {
    const vhost = randomUUID();
    engine.createVhost(vhost);
    return {
      vhost,
      entrance: { ...server.address, username: 'guest', password: 'guest' },
      [Symbol.asyncDispose]: async () => engine.deleteVhost(vhost),
    };
  },
});
