import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import type { PeerConnection } from '../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { Delivery } from '../protocol/client/index.ts';
import { silentLogger } from '../foundation/logger.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import { resolveAmqpOptions } from './amqp-options.ts';
import { Consumption, type ConsumptionPlan } from './consumption.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let connection: SupervisedConnection;
let delivered: Delivery[];

beforeEach(async () => {
  broker = await ObligingBroker.start();
  connection = new SupervisedConnection(resolveAmqpOptions({ uri: broker.uri }));
  delivered = [];
  await connection.open();
});

afterEach(async () => {
  broker.react = () => false;
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

function consume(prefetch = 5, handBack?: ConsumptionPlan['handBack']): Consumption {
  return new Consumption(connection, {
    name: 'calls to lab',
    prefetch,
    logger: silentLogger,
    declare: async (channel) => {
      await channel.declareQueue('lab');
      return 'lab';
    },
    deliver: (_channel, delivery) => void delivered.push(delivery),
    ...(handBack && { handBack }),
  });
}

/** Holds back the answer to each `basic.consume`; gives a function that sends the first. */
function holdConsume(): () => void {
  let answer: (() => void) | undefined;
  broker.react = ({ name }, channel, peer) => {
    if (name !== 'basic.consume') return false;
    answer ??= () => peer.send(channel, { name: 'basic.consume-ok', consumerTag: 'held' });
    return true;
  };
  return () => answer?.();
}

function deliver(peer: PeerConnection, consumerTag: string): void {
  const method = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'lab' } as const;
  peer.sendContent(1, { name: 'basic.deliver', consumerTag, ...method });
}

describe('a consumption that is stopped', () => {
  it('while it attaches, ends the consumer that comes about', async () => {
    const answer = holdConsume();
    const consumption = consume();
    await broker.until('basic.consume');
    await consumption.stop();
    answer();
    deliver(await broker.connection(1), 'held');
    await broker.until('basic.cancel');
    await broker.until('basic.nack');
    expect(delivered).toEqual([]);
    await consumption.close();
  });

  it('gives back what still arrives as its plan has it', async () => {
    const handedBack: Delivery[] = [];
    broker.react = ({ name }) => name === 'basic.cancel';
    const consumption = consume(5, (channel, delivery) => {
      handedBack.push(delivery);
      channel.ack(delivery.deliveryTag);
    });
    await consumption.ready();
    void consumption.stop();
    deliver(await broker.connection(1), 'tag-lab');
    await broker.until('basic.ack');
    expect([handedBack.length, delivered.length, broker.count('basic.nack')]).toEqual([1, 0, 0]);
    await consumption.close();
  });

  it('before it declares, starts no consumer', async () => {
    const consumption = consume();
    await consumption.stop();
    await consumption.ready();
    expect(broker.count('basic.consume')).toBe(0);
    await consumption.close();
  });

  it('stays so when its connection comes back, with a channel on which nothing is declared', async () => {
    const consumption = consume();
    await consumption.ready();
    await consumption.stop();
    (await broker.connection(1)).socket.destroy();
    await hurry(() => broker.until('channel.open', 2));
    await consumption.close();
    expect(broker.count('basic.consume')).toBe(1);
    expect(broker.count('queue.declare')).toBe(1);
  });

  it('does not wait for ever for a broker that does not answer', async () => {
    const consumption = consume();
    await consumption.ready();
    broker.react = () => true;
    expect(await hurry(() => consumption.stop())).toBeLessThanOrEqual(3000);
    expect(await hurry(() => consumption.close())).toBeLessThanOrEqual(3000);
  });
});

describe('a consumption whose connection is lost', () => {
  it('between declaring and consuming, begins again on the next', async () => {
    holdConsume();
    const consumption = consume();
    await broker.until('basic.consume');
    broker.react = () => false;
    (await broker.connection(1)).socket.destroy();
    await hurry(() => consumption.ready());
    expect(broker.count('queue.declare')).toBe(2);
    deliver(await broker.connection(2), 'tag-lab');
    await expect.poll(() => delivered).toHaveLength(1);
    await consumption.close();
  });

  it('and that is closed before it comes back, is gone', async () => {
    const open = await connection.whenOpen();
    (await broker.connection(1)).socket.destroy();
    await open.closed;
    const consumption = consume();
    await consumption.close();
    await expect(consumption.ready()).rejects.toThrow(TransportClosedError);
    await hurry(async () => (await connection.whenOpen()).openChannel());
    expect(broker.count('channel.open')).toBe(1); // the one opened here
  });
});

describe('a consumption', () => {
  it.each([
    [65_536, 65_535],
    [100_000, 65_535],
    [10, 10],
  ])('with a limit of %i asks for %i, as many as the protocol has', async (prefetch, prefetchCount) => {
    const consumption = consume(prefetch);
    await consumption.ready();
    expect(broker.seen).toContainEqual(expect.objectContaining({ name: 'basic.qos', prefetchCount }));
    await consumption.close();
  });

  it('fails at once when it cannot be asked for at all', async () => {
    const failing = new Consumption(connection, {
      name: 'calls to lab',
      prefetch: 1,
      logger: silentLogger,
      declare: async () => {
        throw new RangeError('a bug');
      },
      deliver: () => {},
    });
    await expect(failing.ready()).rejects.toThrow('a bug');
    await broker.until('channel.close');
  });

  it('fails at once when the broker closes the connection on what it declares', async () => {
    const refusal = { replyCode: 530, replyText: 'NOT_ALLOWED', failedClassId: 50, failedMethodId: 10 };
    broker.react = ({ name }, _channel, peer) => {
      if (name === 'queue.declare') peer.send(0, { name: 'connection.close', ...refusal });
      return name === 'queue.declare';
    };
    await expect(consume().ready()).rejects.toThrow(/calls to lab.*refused queue\.declare.*530/);
  });

  it('attaches again when the broker ends its consumer', async () => {
    const consumption = consume();
    await consumption.ready();
    (await broker.connection(1)).send(1, { name: 'basic.cancel', consumerTag: 'tag-lab', noWait: true });
    await hurry(() => broker.until('basic.consume', 2));
    await consumption.close();
  });
});
