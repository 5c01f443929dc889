import { expect, it, onTestFinished } from 'vitest';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { AmqpTransport } from './amqp-transport.ts';

it('the queue of replies is bound to both ways of calls before it is consumed from', async () => {
  const broker = await ObligingBroker.start();
  onTestFinished(() => broker[Symbol.asyncDispose]());
  const transport = new AmqpTransport({ uri: broker.uri });
  onTestFinished(() => transport.close());
  await transport.open();
  await transport.prepareCalls();
  const isReply = (queue: string): boolean => queue.startsWith('rpc.reply-');
  const consumedAt = broker.seen.findIndex((method) => method.name === 'basic.consume' && isReply(method.queue));
  const bound = broker.seen
    .slice(0, consumedAt)
    .flatMap((method) => (method.name === 'queue.bind' && isReply(method.queue) ? [method.exchange] : []));
  expect(bound).toEqual(['nameko-rpc', 'mycel-calls']);
});
