import { randomUUID } from 'node:crypto';
import { afterAll, test } from 'vitest';
import { forbidUnhandledRejections } from '../../../../../../tests/support/unhandled-rejections.ts';
import { BrokerEngine } from '../../../broker/index.ts';
import { connectInProcess } from '../../../broker/in-process/index.ts';
import { engineLacks } from './embedded-broker-lacks.ts';
import { testBroker } from './test-broker.ts';

forbidUnhandledRejections();

const engine = new BrokerEngine();
afterAll(() => engine.close());

testBroker(test, {
  lacking: engineLacks,
  patienceMs: 30_000,
  openVhost: async () => {
    const vhost = randomUUID();
    engine.createVhost(vhost);
    return {
      vhost,
      connect: async (chosen) => connectInProcess(engine, { vhost, ...chosen }),
      [Symbol.asyncDispose]: async () => engine.deleteVhost(vhost),
    };
  },
});
