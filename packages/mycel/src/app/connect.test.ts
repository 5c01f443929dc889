import { expect, onTestFinished, test, vi } from 'vitest';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { startBroker } from '../broker/server/start-broker.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { connect } from './connect.ts';

forbidUnhandledRejections();

function environment(values: Readonly<Record<string, string>>): void {
  for (const variable of ['AMQP_URI', 'MYCEL_BROKER_PORT']) vi.stubEnv(variable, values[variable]);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test('connects to the broker it is given', async () => {
  await using broker = await ObligingBroker.start();
  environment({ AMQP_URI: 'amqp://127.0.0.1:1' });
  await using _client = await connect(broker.uri);
  expect(broker.connections).toHaveLength(1);
});

test('connects to the broker that the environment names', async () => {
  await using broker = await ObligingBroker.start();
  environment({ AMQP_URI: broker.uri });
  await using _client = await connect();
  expect(broker.connections).toHaveLength(1);
});

test('connects to the embedded broker that runs, where none is named', async () => {
  await using broker = await startBroker({ port: 0 });
  environment({ MYCEL_BROKER_PORT: String(broker.server.address.port) });
  await using client = await connect();
  expect(broker.engine.status().connections).toHaveLength(1);
  await client.close();
});

test('hosts no broker: rejects where none runs', async () => {
  const broker = await startBroker({ port: 0 });
  const { port } = broker.server.address;
  await broker.close();
  environment({ MYCEL_BROKER_PORT: String(port) });
  await expect(connect()).rejects.toThrow(BrokerUnavailableError);
  await expect(connect()).rejects.toThrow(`no embedded one runs on this machine (port ${port})`);
});
