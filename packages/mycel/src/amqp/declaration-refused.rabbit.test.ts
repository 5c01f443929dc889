import { describe, expect, it, onTestFinished } from 'vitest';
import { freshVhost } from '../../../../tests/support/rabbit.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { startBroker } from '../broker/index.ts';
import { AmqpConnection, type QueueOptions } from '../protocol/client/index.ts';
import { AmqpTransport } from './amqp-transport.ts';
import { resolveTargets } from './amqp-options.ts';

forbidUnhandledRejections();

const queue = 'evt-shop-sold--stock.on_sold';
const brokers: readonly [string, () => Promise<string>][] = [
  [
    'RabbitMQ',
    async () => {
      const rabbit = await freshVhost();
      onTestFinished(() => rabbit[Symbol.asyncDispose]());
      return rabbit.uri;
    },
  ],
  [
    'the embedded broker',
    async () => {
      const broker = await startBroker({ port: 0 });
      onTestFinished(() => broker.close());
      return `amqp://127.0.0.1:${broker.server.address.port}/`;
    },
  ],
];

async function raw(uri: string): Promise<AmqpConnection> {
  const targets = resolveTargets({ uri });
  const connection = await AmqpConnection.connect((Array.isArray(targets) ? targets[0] : undefined) ?? {});
  onTestFinished(() => connection.close());
  return connection;
}

async function subscribing(uri: string): Promise<unknown> {
  const transport = new AmqpTransport({ uri });
  onTestFinished(() => transport.close());
  await transport.open();
  return transport.subscribe(onSold, async () => 'ack').catch((error: unknown) => error);
}

describe.each(brokers)('a declaration that %s refuses', (_name, start) => {
  it.each<[string, QueueOptions, object]>([
    [
      'a classic queue',
      { durable: true },
      { entity: queue, argument: 'x-queue-type', wanted: 'quorum', existing: 'classic' },
    ],
    ['a queue that does not last', { durable: false }, { argument: 'durable', wanted: 'true', existing: 'false' }],
    [
      'a queue with a time to live',
      { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-expires': 60_000 } },
      { argument: 'x-expires', wanted: undefined, existing: '60000' },
    ],
  ])(
    'because there is %s names the queue, the argument, both values and the command',
    async (_what, options, fields) => {
      const uri = await start();
      const channel = await (await raw(uri)).openChannel();
      await channel.declareQueue(queue, options);
      const error = await subscribing(uri);
      expect(error).toMatchObject({ code: 'MYCEL_TOPOLOGY', entity: queue, ...fields });
      expect(String(error)).toContain(`rabbitmqctl delete_queue`);
      expect(String(error)).toContain(`--if-empty '${queue}'`);
    },
  );

  it('because instances of a service disagree on the type of its queue names the option, the queue and both values', async () => {
    const uri = await start();
    const serving = async (rpcQueueType: 'classic' | 'quorum'): Promise<unknown> => {
      const transport = new AmqpTransport({ uri, rpcQueueType });
      onTestFinished(() => transport.close());
      await transport.open();
      const served = transport.serve('stock', { prefetch: 1 }, async () => ({ kind: 'drop' }));
      return served.then(() => 'serves').catch((error: unknown) => error);
    };
    expect(await serving('quorum')).toBe('serves');
    const error = await serving('classic');
    const argument = 'x-queue-type';
    expect(error).toMatchObject({ code: 'MYCEL_TOPOLOGY', entity: 'rpc-stock', argument, existing: 'quorum' });
    expect(String(error)).toContain('amqp.rpc_queue_type');
    expect(await serving('quorum')).toBe('serves');
  });

  it('because there is an exchange of another type names the exchange', async () => {
    const uri = await start();
    const channel = await (await raw(uri)).openChannel();
    await channel.declareExchange('shop.events', 'direct', { durable: true });
    expect(await subscribing(uri)).toMatchObject({
      code: 'MYCEL_TOPOLOGY',
      entity: 'shop.events',
      argument: 'type',
      wanted: 'topic',
      existing: 'direct',
      message: expect.stringContaining("delete exchange name='shop.events'") as string,
    });
  });
});
