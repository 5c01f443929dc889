import { describe, expect, it } from 'vitest';
import type { EventSubscriber } from '../transport/event-transport.ts';
import { deadLetterQueue, controlQueue, eventExchange, eventQueue, replyQueue, requestQueue } from './topology.ts';

const subscriber: EventSubscriber = {
  source: 'src',
  type: 'a.dotted.type',
  service: 'lab',
  method: 'on_dotted',
  mode: 'service-pool',
  reliable: true,
  prefetch: 10,
};

describe("Nameko's names", () => {
  it('names the request queue, the reply queue and the exchange of events as Nameko does', () => {
    expect(requestQueue('lab')).toEqual({ queue: 'rpc-lab', options: { durable: true } });
    expect(replyQueue('lab', 'id').queue).toBe('rpc.reply-lab-id');
    expect(eventExchange('src')).toBe('src.events');
  });

  it('declares the request queue of the same name on several nodes, and without a limit of returns, if it is asked to', () => {
    expect(requestQueue('lab', 'quorum')).toEqual({
      queue: 'rpc-lab',
      options: { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 } },
    });
  });

  it('keeps reply and control queues to their connection', () => {
    expect(replyQueue('lab', 'id').options).toEqual({ exclusive: true, autoDelete: true });
    expect(controlQueue('lab', 'id').options).toEqual({ exclusive: true, autoDelete: true });
  });
});

// The expected declarations are those captured from a running Nameko 2.14: captures/nameko/v2/amqp-methods.txt.
describe('the queue of an event handler, with the topology nameko', () => {
  const declared = (given: Partial<EventSubscriber>): unknown =>
    eventQueue({ ...subscriber, ...given }, 'nameko', 'f00');

  it('is one per handling method for a service pool', () => {
    expect(declared({})).toEqual({ queue: 'evt-src-a.dotted.type--lab.on_dotted', options: { durable: true } });
  });

  it('goes with its last consumer when delivery is not reliable', () => {
    expect(declared({ reliable: false })).toEqual({
      queue: 'evt-src-a.dotted.type--lab.on_dotted',
      options: { durable: true, autoDelete: true },
    });
  });

  it('is one for the whole cluster for a singleton', () => {
    expect(declared({ mode: 'singleton' })).toEqual({ queue: 'evt-src-a.dotted.type', options: { durable: true } });
  });

  it('belongs to one instance for a broadcast', () => {
    expect(declared({ mode: 'broadcast', reliable: false })).toEqual({
      queue: 'evt-src-a.dotted.type--lab.on_dotted-f00',
      options: { durable: true, autoDelete: true, exclusive: true },
    });
  });

  it('is named by the broadcast id and kept for a reliable broadcast', () => {
    expect(declared({ mode: 'broadcast', broadcastId: 'host1' })).toEqual({
      queue: 'evt-src-a.dotted.type--lab.on_dotted-host1',
      options: { durable: true },
    });
  });
});

describe('the queue of an event handler, with the topology mycel', () => {
  it('is a quorum queue from which nothing is dropped when it is to be kept, under the same name', () => {
    expect(eventQueue(subscriber, 'mycel', 'f00')).toEqual({
      queue: 'evt-src-a.dotted.type--lab.on_dotted',
      options: { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 } },
    });
  });

  it('is a classic queue when it goes with its consumers, which quorum queues cannot', () => {
    expect(eventQueue({ ...subscriber, reliable: false }, 'mycel', 'f00').options).toEqual({
      durable: true,
      autoDelete: true,
    });
  });

  it('serves one consumer at a time for a handler that keeps an order; Nameko would not declare it so', () => {
    const ordered = { ...subscriber, oneAtATime: true };
    const single = { arguments: expect.objectContaining({ 'x-single-active-consumer': true }) };
    expect(eventQueue(ordered, 'mycel', 'f00').options).toMatchObject(single);
    expect(eventQueue({ ...ordered, reliable: false }, 'mycel', 'f00').options).toMatchObject(single);
    expect(eventQueue(ordered, 'nameko', 'f00')).toEqual(eventQueue(subscriber, 'nameko', 'f00'));
  });
});

it('keeps dead letters however often they are looked at', () => {
  expect(deadLetterQueue.options.arguments).toEqual({ 'x-queue-type': 'quorum', 'x-delivery-limit': 2_147_483_647 });
});
