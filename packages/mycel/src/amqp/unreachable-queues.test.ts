import { afterEach, beforeEach, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { connectInProcess } from '../broker/in-process/index.ts';
import { AmqpServerError } from '../protocol/client/index.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import type { OutboundCall } from '../transport/rpc-transport.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: MemoryBroker;
let transport: AmqpTransport;
/** What the broker says of queues that are asked for by name; of those that are not here it says that they are missing. */
let words: Map<string, string>;
let asked: string[];
/** Happens before the broker answers. */
let meanwhile: (() => Promise<void>) | undefined;
/** Has the broker not answer. */
const silence = '';

beforeEach(async () => {
  broker = new MemoryBroker();
  [words, asked] = [new Map(), []];
  const connect = async (): ReturnType<typeof connectInProcess> => {
    const connection = await connectInProcess(broker.engine);
    const open = connection.openChannel.bind(connection);
    connection.openChannel = async () => {
      const channel = await open();
      const declare = channel.declareQueue.bind(channel);
      channel.declareQueue = async (queue, options) => {
        if (options?.passive) asked.push(queue);
        if (options?.passive) await meanwhile?.();
        const said = words.get(queue);
        if (options?.passive && said === silence) return new Promise(() => {});
        if (options?.passive && said) throw new AmqpServerError('channel', 404, said, 'queue.declare');
        return declare(queue, options);
      };
      return channel;
    };
    return connection;
  };
  transport = new AmqpTransport({}, { target: 'in process', connect });
  await transport.open();
});

afterEach(async () => {
  await transport.close();
  broker.close();
});

function callTo(service: string): OutboundCall {
  return { service, method: 'count', args: [], kwargs: {}, context: { callIdStack: [], data: {} }, timeoutMs: 5000 };
}

it('a call whose queue is on a node that is down ends at once with what the broker says, and was not run', async () => {
  const said = "NOT_FOUND - home node 'rabbit@b' of durable queue 'rpc-stock' in vhost '/' is down or inaccessible";
  words.set('rpc-stock', said);
  const call = transport.call({ ...callTo('stock'), awaitsBroker: true });
  const error = { code: 'MYCEL_SERVICE_UNAVAILABLE', service: 'stock', message: expect.stringContaining(said) };
  await expect(call.reply).rejects.toMatchObject(error);
  await expect(call.sent).rejects.toMatchObject(error);
});

it('a call whose queue is there and has no process ends with what the broker says', async () => {
  const said = "NOT_FOUND - queue 'rpc-stock' in vhost '/' process is stopped by supervisor";
  words.set('rpc-stock', said);
  const error = { code: 'MYCEL_SERVICE_UNAVAILABLE', message: expect.stringContaining(said) };
  await expect(transport.call(callTo('stock')).reply).rejects.toMatchObject(error);
});

it('a call whose queue is bound to nothing is of an unknown service in the end', async () => {
  const raw = await connectInProcess(broker.engine);
  await (await raw.openChannel()).declareQueue('rpc-stock', { durable: true });
  const code = 'MYCEL_UNKNOWN_SERVICE';
  await hurry(() =>
    expect(transport.call({ ...callTo('stock'), timeoutMs: 60_000 }).reply).rejects.toMatchObject({ code }),
  );
  await raw.close();
});

it('a call whose queue is not spoken of by the broker is not said to be of an unknown service, and the broker is asked no more meanwhile', async () => {
  words.set('rpc-stock', silence);
  await hurry(async () => {
    for (let round = 0; round < 3; round++)
      await expect(transport.call({ ...callTo('stock'), timeoutMs: 20_000 }).reply).rejects.toMatchObject({
        code: 'MYCEL_SERVICE_UNAVAILABLE',
      });
  });
  expect(asked).toEqual(['rpc-stock']);
});

it('a call whose queue is there again when the broker is asked is sent again', async () => {
  const server = new AmqpTransport({}, { target: 'in process', connect: () => connectInProcess(broker.engine) });
  meanwhile = async () => {
    meanwhile = undefined;
    await server.serve('stock', { prefetch: 1 }, async () => ({ kind: 'reply', value: 7 }));
  };
  expect(await transport.call(callTo('stock')).reply).toMatchObject({ ok: true, value: 7 });
  expect(asked).toEqual(['rpc-stock']);
  await server.close();
});

it('a call of a service that has no queue says so, and the broker is asked once for many', async () => {
  const calls = Array.from({ length: 20 }, () => transport.call(callTo('nobody')).reply);
  const ends = await Promise.allSettled(calls);
  expect(ends.map((end) => end.status === 'rejected' && (end.reason as { code: string }).code)).toEqual(
    Array.from({ length: 20 }, () => 'MYCEL_UNKNOWN_SERVICE'),
  );
  expect(asked).toEqual(['rpc-nobody']);
});
