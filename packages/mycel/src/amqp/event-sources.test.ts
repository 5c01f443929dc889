import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../foundation/deferred.ts';
import { AmqpServerError } from '../protocol/client/index.ts';
import { EventSources } from './event-sources.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

const notFound = new AmqpServerError(
  'channel',
  404,
  "NOT_FOUND - no exchange 'shop.events' in vhost '/'",
  'exchange.declare',
);
const declareExchange = vi.fn(() => Promise.resolve());
const connection = {
  isOpen: true,
  openChannel: () => Promise.resolve({ declareExchange, close: () => Promise.resolve() }),
};
const supervised = { whenOpen: () => Promise.resolve(connection) } as unknown as SupervisedConnection;

let onDeclared: ReturnType<typeof vi.fn<(source: string) => void>>;
let sources: EventSources;

beforeEach(async () => {
  vi.useFakeTimers();
  onDeclared = vi.fn<(source: string) => void>();
  sources = new EventSources(supervised, { onDeclared, onRefused: () => {} });
  await sources.declare('shop');
  await sources.declare('other');
  onDeclared.mockClear();
  sources.forget();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the events of a source whose exchange was missing', () => {
  it('wait until the handlers had time to bind their queues to it again', async () => {
    sources.foundMissing('shop.events');
    const declared = sources.declare('shop');
    await vi.advanceTimersByTimeAsync(499);
    expect([sources.has('shop'), onDeclared.mock.calls.length]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(1);
    await declared;
    expect([sources.has('shop'), onDeclared.mock.calls.length]).toEqual([true, 1]);
  });

  it('are held back from the moment that is known, and those of others are not', async () => {
    await Promise.all([sources.declare('shop'), sources.declare('other')]);
    sources.foundMissing('shop.events');
    expect([sources.has('shop'), sources.has('other')]).toEqual([false, true]);
  });

  it('wait until it may be declared', async () => {
    const [fence, declared] = [deferred(), new Array<string>()];
    const found = vi.fn<(exchange: string) => Promise<void>>(() => fence.promise);
    const fenced = new EventSources(supervised, {
      onDeclared: (source) => declared.push(source),
      onRefused: () => {},
      onMissing: found,
    });
    await fenced.declare('shop');
    fenced.forget();
    declareExchange.mockClear().mockRejectedValueOnce(notFound);
    const again = fenced.declare('shop');
    await vi.advanceTimersByTimeAsync(5000);
    expect([declareExchange.mock.calls.length, found.mock.calls]).toEqual([1, [['shop.events']]]);
    fence.resolve();
    await vi.advanceTimersByTimeAsync(500);
    await again;
    expect([declareExchange.mock.calls.length, declared]).toEqual([2, ['shop', 'shop']]);
  });

  it('wait once, and those of others do not', async () => {
    sources.foundMissing('shop.events');
    await sources.declare('other');
    const declared = sources.declare('shop');
    await vi.advanceTimersByTimeAsync(500);
    await declared;
    sources.forget();
    await sources.declare('shop');
    expect([sources.has('shop'), sources.has('other')]).toEqual([true, false]);
  });
});
