import { describe, expect, it } from 'vitest';
import { EngineClient } from '../../../../../tests/support/engine-client.ts';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import type { FieldTable } from '../../protocol/codec/index.ts';
import { BrokerEngine } from './broker-engine.ts';
import { DeadLetters } from './dead-letters.ts';
import { MemoryAccount } from './memory-account.ts';
import { Message } from './message.ts';
import { Totals } from './totals.ts';

/** A client with the queue `dead`, and `q` whose dead letters go there. */
function setUp(args: FieldTable = {}): { clock: ManualClock; engine: BrokerEngine; client: EngineClient } {
  const clock = new ManualClock();
  const engine = new BrokerEngine({ clock });
  const client = new EngineClient(engine);
  client.declare('dead');
  client.declare('q', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead', ...args });
  return { clock, engine, client };
}

/** The headers as a consumer gets them, with counts as numbers. */
function headersOf(message: Message | undefined): FieldTable {
  const { exchange = '', routingKey = '' } = message ?? {};
  const content = { rawProperties: message?.rawProperties ?? Buffer.of(0, 0), body: Buffer.alloc(0) };
  return new Message(exchange, routingKey, content).properties.headers ?? {};
}

describe('DeadLetters', () => {
  it('sends on a rejected message with the record of its death', () => {
    const { client, clock } = setUp();
    client.publish('q', 'a', { headers: { own: 1, CC: ['copy'] }, expiration: '5000', type: 'kept' });
    client.get('q');
    client.nack(1, false);
    const dead = client.get('dead')?.message;
    expect(headersOf(dead)).toEqual({
      own: 1,
      'x-first-death-exchange': '',
      'x-first-death-queue': 'q',
      'x-first-death-reason': 'rejected',
      'x-death': [
        {
          count: 1,
          reason: 'rejected',
          queue: 'q',
          time: new Date(clock.now()),
          exchange: '',
          'routing-keys': ['q', 'copy'],
          'original-expiration': '5000',
        },
      ],
    });
    expect([dead?.properties.expiration, dead?.properties.type]).toEqual([undefined, 'kept']);
    expect([dead?.exchange, dead?.routingKey, dead?.body.toString()]).toEqual(['', 'dead', 'a']);
  });

  it.each([
    ['expired', { 'x-message-ttl': 5 }],
    ['maxlen', { 'x-max-length': 0 }],
    ['maxlen', { 'x-max-length': 0, 'x-overflow': 'reject-publish-dlx' }],
  ] as const)('gives the reason %s', (reason, args) => {
    const { client, clock } = setUp(args);
    client.publish('q', 'a');
    clock.advance(5);
    expect(headersOf(client.get('dead')?.message)['x-first-death-reason']).toBe(reason);
  });

  it('gives the reason delivery_limit', () => {
    const { client } = setUp({ 'x-queue-type': 'quorum', 'x-delivery-limit': 0 });
    client.publish('q', 'a');
    client.get('q');
    client.nack(1);
    expect(headersOf(client.get('dead')?.message)['x-first-death-reason']).toBe('delivery_limit');
  });

  it('counts deaths by queue and reason, the latest first', () => {
    const { client, clock } = setUp();
    const died = (properties = {}): Message | undefined => {
      client.publish('q', 'a', properties);
      const fetched = client.get('q');
      if (fetched && 'deliveryTag' in fetched.method) client.nack(fetched.method.deliveryTag, false);
      clock.advance(10);
      return client.get('dead', true)?.message;
    };
    const once = died();
    const twice = died({ headers: headersOf(once) });
    client.publish('q', 'a', { headers: headersOf(twice), expiration: '1' });
    clock.advance(10);
    const deaths = headersOf(client.get('dead', true)?.message)['x-death'];
    expect(deaths).toMatchObject([
      { count: 1, reason: 'expired', queue: 'q' },
      { count: 2, reason: 'rejected', queue: 'q', time: (headersOf(once)['x-death'] as FieldTable[])[0]?.['time'] },
    ]);
  });

  it('routes by all keys a message came by, those of BCC too, when no other is given', () => {
    const clock = new ManualClock();
    const client = new EngineClient(new BrokerEngine({ clock }));
    for (const queue of ['copied', 'blind']) client.declare(queue);
    client.declare('q', { 'x-dead-letter-exchange': '', 'x-message-ttl': 5 });
    client.publish('q', 'a', { headers: { CC: ['copied'], BCC: ['blind'] } });
    for (const queue of ['copied', 'blind']) client.channel.handle({ name: 'queue.purge', queue, noWait: true });
    clock.advance(5);
    expect([client.count('copied'), client.count('blind')]).toEqual([1, 1]);
    expect(headersOf(client.get('blind')?.message)).not.toHaveProperty('BCC');
  });

  it('drops a message that the broker alone would bring back to the same queue', () => {
    const { client, clock, engine } = setUp({ 'x-dead-letter-routing-key': 'q', 'x-message-ttl': 5 });
    client.publish('q', 'a');
    clock.advance(100);
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('lets a message come back that a client rejected', () => {
    const { client } = setUp({ 'x-dead-letter-routing-key': 'q' });
    client.publish('q', 'a');
    client.get('q');
    client.nack(1, false);
    expect(client.count('q')).toBe(1);
  });

  it('brings a message back that a client rejected and that waited elsewhere meanwhile', () => {
    const { client, clock } = setUp({ 'x-dead-letter-routing-key': 'wait' });
    client.declare('wait', {
      'x-message-ttl': 5,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'q',
    });
    client.publish('q', 'a');
    client.get('q');
    client.nack(1, false);
    clock.advance(5);
    expect(client.count('q')).toBe(1);
  });

  it('does not grow the stack with a chain of deaths', () => {
    let links = 0;
    const place = {
      name: 'q',
      settings: { deadLetterExchange: '', deadLetterRoutingKey: 'next', deadLettersAtLeastOnce: false },
    };
    const newMessage = (): Message => {
      return new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) });
    };
    const next = {
      name: 'next',
      isQueue: true,
      offer: () => {
        if (++links < 20_000) letters.send(newMessage(), place, 'expired');
        return true;
      },
    };
    const letters = new DeadLetters(
      new ManualClock(),
      new Totals(),
      new MemoryAccount(1_000_000_000, () => undefined),
      () => [next],
    );
    letters.send(newMessage(), place, 'expired');
    expect(links).toBe(20_000);
  });

  it('lets a message go when there is no such exchange, or its headers cannot be read', () => {
    const { client, clock, engine } = setUp({ 'x-dead-letter-exchange': 'nowhere', 'x-message-ttl': 5 });
    client.declare('p', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead', 'x-message-ttl': 5 });
    client.publish('q', 'a');
    client.channel.publish(
      { name: 'basic.publish', exchange: '', routingKey: 'p', mandatory: false, immediate: false },
      { rawProperties: Buffer.of(0x20, 0, 0, 0, 0, 9, 1), body: Buffer.alloc(0) },
    );
    clock.advance(5);
    expect(client.count('dead')).toBe(0);
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('lets a message go whose properties cannot be written again, and spoils no other', () => {
    const { client, clock } = setUp({ 'x-message-ttl': 5 });
    const longNoUtf8 = Buffer.concat([Buffer.of(0x80, 0, 200), Buffer.alloc(200, 0xff)]);
    client.channel.publish(
      { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false },
      { rawProperties: longNoUtf8, body: Buffer.alloc(0) },
    );
    clock.advance(5);
    expect(client.count('dead')).toBe(0);
    client.publish('q', 'a');
    clock.advance(5);
    const entry = expect.objectContaining({ queue: 'q', reason: 'expired' });
    expect(headersOf(client.get('dead')?.message)['x-death']).toEqual([entry]);
  });

  it('sends a flood of deaths in many turns, so that nobody waits for all of it', () => {
    const clock = new ManualClock();
    const memory = new MemoryAccount(1_000_000, () => undefined);
    const place = {
      name: 'q',
      settings: { deadLetterExchange: '', deadLetterRoutingKey: 'next', deadLettersAtLeastOnce: false },
    };
    const offered: number[] = [];
    const next = { name: 'next', isQueue: true, offer: () => offered.push(clock.now()) > 0 };
    const letters = new DeadLetters(clock, new Totals(), memory, (message) => {
      clock.advance(15);
      if (message.routingKey === 'next' && offered.length === 0) for (let left = 3; left > 0; left--) die();
      return [next];
    });
    const die = (): void => {
      const content = { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) };
      letters.send(new Message('', 'q', content), place, 'expired');
    };
    die();
    expect(offered).toHaveLength(2);
    expect(memory.usedBytes).toBeGreaterThan(0);
    clock.advance(0);
    expect(offered).toHaveLength(4);
    expect(memory.usedBytes).toBe(0);
  });

  it('lets go of what waits when its virtual host ends, and sends nothing later', () => {
    const clock = new ManualClock();
    const memory = new MemoryAccount(1_000_000, () => undefined);
    const place = {
      name: 'q',
      settings: { deadLetterExchange: '', deadLetterRoutingKey: 'next', deadLettersAtLeastOnce: false },
    };
    let offered = 0;
    const next = { name: 'next', isQueue: true, offer: () => (offered += 1) > 0 };
    const letters = new DeadLetters(clock, new Totals(), memory, () => {
      clock.advance(30);
      return [next];
    });
    const message = new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) });
    letters.sendAfter(() => {
      for (let left = 3; left > 0; left--) letters.send(message, place, 'expired');
    });
    expect(offered).toBe(1);
    letters.end();
    clock.advance(10);
    expect([offered, memory.usedBytes]).toEqual([1, 0]);
  });
});
