import { expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

it('an event that a full queue refuses is rejected in the end; others of its source go on, none of them twice, and channels are replaced seldom', async () => {
  const foreign = await (await world.foreignClient()).createChannel();
  await foreign.assertExchange('shop.events', 'topic');
  for (const type of ['narrow', 'wide']) {
    const limits = type === 'narrow' ? { maxLength: 1, overflow: 'reject-publish' } : {};
    await foreign.assertQueue(type, { durable: true, arguments: { 'x-queue-type': 'quorum' }, ...limits });
    await foreign.bindQueue(type, 'shop.events', type);
  }
  const transport = await world.transport();
  const publish = (type: string): Promise<unknown> =>
    transport.publish({ source: 'shop', type, payload: type, context: { callIdStack: [], data: {} } });
  // A quorum queue refuses only once it is above its limit.
  await publish('narrow');
  await publish('narrow');
  const state = { isOver: false };
  const refused = publish('narrow').catch((error: unknown) => error);
  void refused.finally(() => (state.isOver = true));
  let [taken, takenMeanwhile] = [0, 0];
  while (!state.isOver) {
    await publish('wide');
    taken += 1;
    if (!state.isOver) takenMeanwhile += 1;
  }
  expect(await refused).toMatchObject({ code: 'MYCEL_PUBLISH_REJECTED' });
  expect(takenMeanwhile).toBeGreaterThan(2);
  await expect.poll(async () => (await foreign.checkQueue('wide')).messageCount).toBe(taken);
  expect((await foreign.checkQueue('narrow')).messageCount).toBeLessThanOrEqual(2);
  // Waits between them double from 250 ms to 2 s; without them there would be one with each refusal, every 200 ms.
  const replaced = transport.counters.total('channels_lost', 'event publishing');
  expect(replaced).toBeLessThan(15);
});
