import { describe, expect, it } from 'vitest';
import { EngineClient } from '../../../../../tests/support/engine-client.ts';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import type { FieldTable } from '../../protocol/codec/index.ts';
import { BrokerEngine } from './broker-engine.ts';
import { DeadLetters } from './dead-letters.ts';
import { MemoryAccount } from './memory-account.ts';
import { Message } from './message.ts';
import { Totals } from './totals.ts';

const safe = { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

/** A client with the queue `q` whose messages die after 5 ms, and are to arrive in `target`, which is not there yet. */
function setUp(args: FieldTable = {}): { clock: ManualClock; engine: BrokerEngine; client: EngineClient } {
  const clock = new ManualClock();
  const engine = new BrokerEngine({ clock });
  const client = new EngineClient(engine);
  const dying = { 'x-message-ttl': 5, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'target' };
  client.declare('q', { ...safe, ...dying, ...args });
  return { clock, engine, client };
}

function countOf(engine: BrokerEngine): { ready: number; unsettled: number } | undefined {
  const queue = engine.status().vhosts[0]?.queues.find(({ name }) => name === 'q');
  return queue && { ready: queue.ready, unsettled: queue.unsettled };
}

describe('a dead message of a queue that dead-letters at least once', () => {
  it('arrives where it is wanted', () => {
    const { clock, engine, client } = setUp();
    client.declare('target');
    client.publish('q', 'a');
    clock.advance(5);
    expect(client.get('target', true)?.message.body.toString()).toBe('a');
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('stays while no queue is there, and goes in order as soon as there is one', () => {
    const { clock, engine, client } = setUp();
    for (const body of ['a', 'b', 'c']) client.publish('q', body);
    clock.advance(5);
    expect(countOf(engine)).toEqual({ ready: 0, unsettled: 3 });
    client.declare('target');
    expect(countOf(engine)).toEqual({ ready: 0, unsettled: 0 });
    expect(['a', 'b', 'c'].map(() => client.get('target', true)?.message.body.toString())).toEqual(['a', 'b', 'c']);
    expect(engine.status().totals.deadLettered).toBe(3);
  });

  it('stays while the queue is full, and goes when there is room', () => {
    const { clock, client } = setUp();
    client.declare('target', { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
    for (const body of ['a', 'b']) client.publish('q', body);
    clock.advance(5);
    expect(client.get('target', true)?.message.body.toString()).toBe('a');
    expect(client.count('target')).toBe(0);
    clock.advance(1000);
    expect(client.get('target', true)?.message.body.toString()).toBe('b');
  });

  it('is not sent again to those that have it', () => {
    const { clock, client } = setUp({ 'x-dead-letter-exchange': 'amq.fanout' });
    client.declare('full', { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    client.declare('target');
    for (const queue of ['full', 'target'])
      client.channel.handle({
        name: 'queue.bind',
        queue,
        exchange: 'amq.fanout',
        routingKey: '',
        noWait: true,
        arguments: {},
      });
    client.publish('q', 'a');
    clock.advance(10_000);
    expect(client.count('target')).toBe(1);
  });

  it('goes with its queue', () => {
    const { clock, engine, client } = setUp();
    client.publish('q', 'a');
    clock.advance(5);
    client.channel.handle({ name: 'queue.delete', queue: 'q', ifUnused: false, ifEmpty: false, noWait: true });
    client.declare('target');
    clock.advance(1000);
    expect(client.count('target')).toBe(0);
    expect(engine.status().memory.usedBytes).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it('is kept though memory is more than full', () => {
    const clock = new ManualClock();
    const engine = new BrokerEngine({ clock, memoryLimitBytes: 1000 });
    const client = new EngineClient(engine);
    client.declare('full');
    client.declare('target');
    const dying = { 'x-message-ttl': 5, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'target' };
    client.declare('q', { ...safe, ...dying });
    client.publish('q', 'a');
    client.publish('full', 'x'.repeat(5000));
    clock.advance(5);
    expect(client.count('target')).toBe(0);
    client.get('full', true);
    clock.advance(1000);
    expect(client.count('target')).toBe(1);
  });
});

describe('a dead message of a queue that does not', () => {
  it('is gone when no queue is there', () => {
    const { clock, engine, client } = setUp({ 'x-dead-letter-strategy': 'at-most-once' });
    client.publish('q', 'a');
    clock.advance(5);
    client.declare('target');
    expect(client.count('target')).toBe(0);
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('is not kept if its queue was deleted while it was on its way', () => {
    const clock = new ManualClock();
    const memory = new MemoryAccount(1_000_000, () => undefined);
    const place = {
      name: 'q',
      settings: { deadLetterExchange: '', deadLetterRoutingKey: 'nowhere', deadLettersAtLeastOnce: true },
    };
    const letters = new DeadLetters(clock, new Totals(), memory, () => {
      clock.advance(30);
      return [];
    });
    const message = new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) });
    letters.sendAfter(() => {
      for (let left = 3; left > 0; left--) letters.send(message, place, 'expired');
    });
    expect(letters.countStuck(place)).toBe(1);
    letters.forget(place);
    clock.advance(2000);
    expect([letters.countStuck(place), memory.usedBytes, clock.timerCount]).toEqual([0, 0, 0]);
  });
});
