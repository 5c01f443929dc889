import { describe, expect, it } from 'vitest';
import { EngineClient } from '../../../../../tests/support/engine-client.ts';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import { BrokerEngine } from './broker-engine.ts';

const bindToFanout = {
  name: 'queue.bind',
  exchange: 'amq.fanout',
  routingKey: '',
  noWait: true,
  arguments: {},
} as const;

const fanout = {
  name: 'exchange.declare',
  type: 'fanout',
  passive: false,
  durable: false,
  autoDelete: false,
  internal: false,
  noWait: true,
  arguments: {},
} as const;

/** Queues each of which sends its dead to all of them. */
function circleOf(client: EngineClient, count: number): void {
  for (let at = 0; at < count; at++) {
    client.declare(`q${at}`, { 'x-message-ttl': 5, 'x-dead-letter-exchange': 'amq.fanout' });
    client.channel.handle({ ...bindToFanout, queue: `q${at}` });
  }
}

describe('dead letters that become more and more', () => {
  it('are cut where they go in circles when memory is full, until none is left', () => {
    const clock = new ManualClock();
    const engine = new BrokerEngine({ clock, memoryLimitBytes: 100_000 });
    const client = new EngineClient(engine);
    circleOf(client, 20);
    // Two floods, neither of which fills the memory at first.
    client.publish('', 'a', {}, { exchange: 'amq.fanout' });
    clock.advance(2);
    client.publish('', 'a', {}, { exchange: 'amq.fanout' });
    clock.advance(3);
    expect(engine.blockedReason).toBe(undefined);
    clock.advance(2);
    expect(engine.blockedReason).toBe('low on memory');
    clock.advance(10);
    expect(engine.status().memory.usedBytes).toBe(0);
    // Whoever begins anew has the same, after a while.
    clock.advance(10_000);
    client.publish('', 'a', {}, { exchange: 'amq.fanout' });
    clock.advance(5);
    expect(engine.status().memory.usedBytes).toBeGreaterThan(0);
  });

  it('are kept when memory is full where they do not come back, or nothing is copied', () => {
    const clock = new ManualClock();
    const engine = new BrokerEngine({ clock, memoryLimitBytes: 50_000 });
    const client = new EngineClient(engine);
    for (const queue of ['one', 'other', 'parked', 'full']) client.declare(queue);
    client.declare('copied', { 'x-message-ttl': 5, 'x-dead-letter-exchange': 'amq.fanout' });
    client.declare('waiting', { 'x-message-ttl': 5, 'x-dead-letter-exchange': 'amq.topic' });
    for (const queue of ['one', 'other']) client.channel.handle({ ...bindToFanout, queue });
    for (const queue of ['parked', 'waiting']) {
      client.channel.handle({ ...bindToFanout, exchange: 'amq.topic', queue, routingKey: '#' });
    }
    for (const queue of ['copied', 'waiting']) client.publish(queue, 'a');
    client.publish('full', 'x'.repeat(50_000));
    expect(engine.blockedReason).toBe('low on memory');
    clock.advance(5);
    expect(['one', 'other', 'parked'].map((queue) => client.count(queue))).toEqual([1, 1, 1]);
  });

  it('are all let go when memory is more than full', () => {
    const clock = new ManualClock();
    const engine = new BrokerEngine({ clock, memoryLimitBytes: 10_000 });
    const client = new EngineClient(engine);
    // No circle: each layer sends to all of the next.
    for (let layer = 0; layer < 8; layer++) {
      client.channel.handle({ ...fanout, exchange: `x${layer}` });
      for (let at = 0; at < 4; at++) {
        client.declare(`q${layer}.${at}`, { 'x-message-ttl': 5, 'x-dead-letter-exchange': `x${layer + 1}` });
        client.channel.handle({ ...bindToFanout, exchange: `x${layer}`, queue: `q${layer}.${at}` });
      }
    }
    client.publish('', 'a', {}, { exchange: 'x0' });
    for (let left = 10; left > 0; left--) {
      clock.advance(5);
      expect(engine.status().memory.usedBytes).toBeLessThan(40_000);
    }
    expect(engine.status().memory.usedBytes).toBe(0);
  });
});
