import { randomUUID } from 'node:crypto';
import { connect, createLogger, runServices } from 'mycel';
import { expect, test } from 'vitest';
import { freshVhost } from '../../tests/support/rabbit.ts';
import { PaymentsService } from './payments.ts';
import { greetFromHere } from './program.ts';
import { ShopService } from './shop.ts';

// #region broker
test('the shop buys over RabbitMQ', async () => {
  await using rabbit = await freshVhost(); // a virtual host of the test's own: see below
  const config = { amqp: { uri: rabbit.uri } };
  const logger = await createLogger({ level: 'silent' });
  await using _runner = await runServices([ShopService, PaymentsService], { config, logger });
  await using bus = await connect(rabbit.uri);
  const orderId = randomUUID();
  expect(await bus.rpc(ShopService).buy(orderId, { amount: 5, currency: 'EUR' })).toBe(`r-${orderId}`);
});
// #endregion broker

test('a program runs a service and calls it', async () => {
  await using rabbit = await freshVhost();
  expect(await greetFromHere(rabbit.uri)).toBe('1 service says: Hello, Ada');
});
