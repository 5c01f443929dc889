import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Counters } from '../foundation/counters.ts';
import { silentLogger } from '../foundation/logger.ts';
import { AmqpServerError, type Delivery } from '../protocol/client/index.ts';
import { ExchangeWatch } from './exchange-watch.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** What the watch did, in its order. */
let done: string[];
let missing: Set<string>;
let hear: (told: Delivery) => void;
let watch: ExchangeWatch;

/** A channel on which a missing exchange closes nothing but itself. */
function openChannel(): object {
  const channel = {
    isOpen: true,
    confirmSelect: async () => {},
    declareQueue: async () => {},
    bindQueue: async () => {},
    close: async () => {},
    consume: async (_queue: string, deliver: typeof hear) => void (hear = deliver),
    publishConfirmed: async (_exchange: string, _key: string, body: string, { type = 'restored' }) =>
      void done.push(`told ${type} ${body}`),
    declareExchange: async (exchange: string, _type: string, { passive }: { passive?: boolean }) => {
      if (!passive || !missing.has(exchange)) return;
      channel.isOpen = false;
      throw notFound(exchange);
    },
  };
  return channel;
}

function notFound(exchange: string): AmqpServerError {
  const replyText = `NOT_FOUND - no exchange '${exchange}' in vhost '/'`;
  return new AmqpServerError('channel', 404, replyText, 'exchange.declare');
}

function tell(type: string | undefined, exchange: string): void {
  hear({ body: Buffer.from(exchange), properties: { type } } as unknown as Delivery);
}

/** Has a queue hang on an exchange: binding it restores the exchange. */
function hangOn(exchange: string): void {
  watch.hangOn(exchange, async () => {
    missing.delete(exchange);
    done.push(`bound ${exchange}`);
  });
}

beforeEach(async () => {
  vi.useFakeTimers();
  [done, missing] = [[], new Set()];
  const connection = {
    isOpen: true,
    counters: new Counters(),
    whenOpen: async () => ({ openChannel: async () => openChannel() }),
  };
  watch = new ExchangeWatch(connection as unknown as SupervisedConnection, { logger: silentLogger });
  watch.publishesTo('shop.events', (exchange) => done.push(`held back ${exchange}`));
  for (const exchange of ['shop.events', 'bank.events', 'nameko-rpc']) hangOn(exchange);
  await vi.advanceTimersByTimeAsync(0);
  done.length = 0;
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

describe('a missing exchange of events', () => {
  it('is told of first, and restored when all who publish to it had time to hear that', async () => {
    missing.add('shop.events');
    void watch.foundMissing('shop.events');
    await vi.advanceTimersByTimeAsync(199);
    expect(done).toEqual(['held back shop.events', 'told missing shop.events']);
    await vi.advanceTimersByTimeAsync(1);
    expect(done.slice(2)).toEqual(['bound shop.events', 'told restored shop.events']);
  });

  it('that another process has found is published to no more at once, and bound to when that restores it', async () => {
    tell('missing', 'shop.events');
    await vi.advanceTimersByTimeAsync(199);
    expect(done).toEqual(['held back shop.events']);
    tell(undefined, 'shop.events'); // what else is heard of it meanwhile changes nothing
    await vi.advanceTimersByTimeAsync(1);
    expect(done.slice(1)).toEqual(['bound shop.events']);
  });

  it('is no secret when several are missing at once: each is told of before it is restored', async () => {
    missing.add('shop.events').add('bank.events');
    await vi.advanceTimersByTimeAsync(1000);
    expect(done.filter((what) => what.startsWith('told'))).toEqual([
      'told missing shop.events',
      'told missing bank.events',
    ]);
    await vi.advanceTimersByTimeAsync(200);
    for (const exchange of ['shop.events', 'bank.events']) {
      const order = done.filter((what) => what.endsWith(exchange) && !what.startsWith('held'));
      expect(order).toEqual([`told missing ${exchange}`, `bound ${exchange}`, `told restored ${exchange}`]);
    }
  });
});

it('a missing exchange of calls is restored at once: a call comes to one queue, and comes back if that is not bound', async () => {
  missing.add('nameko-rpc');
  void watch.foundMissing('nameko-rpc');
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(['bound nameko-rpc', 'told restored nameko-rpc']);
});

it('who suspects only that an exchange was deleted holds nobody up', async () => {
  watch.haveBound('shop.events');
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(['bound shop.events', 'told suspicion shop.events']);
  tell('suspicion', 'shop.events');
  await vi.advanceTimersByTimeAsync(0);
  expect(done.slice(2)).toEqual(['bound shop.events']);
});
