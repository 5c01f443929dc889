import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../broker/index.ts';
import { AmqpTransport } from './amqp-transport.ts';

test('the embedded broker names services that take calls and do not describe themselves', async () => {
  const broker = await startBroker({ port: 0 });
  onTestFinished(() => broker.close());
  const open = (): AmqpTransport => {
    const transport = new AmqpTransport({ uri: broker.uri });
    onTestFinished(() => transport.close());
    return transport;
  };
  const [foreign, own, asker] = [open(), open(), open()];
  const serve = async (transport: AmqpTransport, service: string) =>
    transport.serve(service, { prefetch: 1 }, async () => ({ kind: 'drop' }));
  await serve(foreign, 'ledger');
  // Its queue stays, but nobody takes from it.
  await (await serve(foreign, 'gone')).close();
  await serve(own, 'shop');
  await own.announce(() => [{ service: 'shop' }]);
  const all = { services: [{ service: 'shop' }], silent: 0, others: ['ledger'] };
  await expect.poll(() => asker.discover()).toEqual(all); // its first answer may take longer than it is waited for
  expect((await asker.discover({ service: 'ledger' })).others).toEqual(['ledger']);
  expect((await asker.discover({ service: 'shop' })).others).toEqual([]);
});
