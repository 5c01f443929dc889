import { expect, it } from 'vitest';
import { BrokerEngine } from '../../../broker/index.ts';
import { connectInProcess } from '../../../broker/in-process/index.ts';
import type { Tap } from '../../../broker/in-process/tap.ts';
import type { Method } from '../../../protocol/codec/index.ts';
import { brokerBehaviours } from './broker-behaviours.ts';
import { BrokerWorld } from './broker-world.ts';

type NamedMethod<N extends Method['name']> = Extract<Method, { name: N }>;

/** Changes methods of this name on their way. */
function changing<N extends Method['name']>(name: N, changes: Partial<NamedMethod<N>>): NonNullable<Tap['toClient']> {
  return (parcel) =>
    // The name was compared, and what is changed are fields of that method.
    parcel.method.name === name ? { ...parcel, method: { ...parcel.method, ...changes } as Method } : parcel;
}

/** A client whose methods reach the broker otherwise than they were sent. */
const sent = <N extends Method['name']>(name: N, changes: Partial<NamedMethod<N>>): Tap => ({
  toBroker: changing(name, changes),
});

/** A broker whose answers are otherwise. */
const answered = <N extends Method['name']>(name: N, changes: Partial<NamedMethod<N>>): Tap => ({
  toClient: changing(name, changes),
});

/** What a broker does wrong, and behaviours that must see it. */
const faults: readonly [string, Tap, readonly string[]][] = [
  [
    'gives other codes',
    answered('channel.close', { replyCode: 404 }),
    [
      'declaring an exchange is refused for another type',
      'an exclusive queue is locked to consumers of other connections',
      "a message whose expiration is 'abc' is refused",
      'an acknowledgement is refused for a tag that is unknown: nack',
    ],
  ],
  [
    'gives other texts',
    answered('channel.close', { replyText: 'NOT_FOUND' }),
    [
      'declaring an exchange passively is refused when there is none',
      'fetching from a queue that does not exist is refused',
      'publishing to an exchange that does not exist closes the channel',
      'direct reply-to needs a consumer that acknowledges nothing',
      'a transaction cannot be committed on a channel that has none',
    ],
  ],
  [
    'blames other methods',
    answered('channel.close', { failedClassId: 50, failedMethodId: 10 }),
    ['a channel that the broker closed names the method that failed'],
  ],
  [
    'routes directly by patterns',
    sent('exchange.declare', { type: 'topic' }),
    ['a direct exchange knows no patterns', 'a fanout exchange does not look at the key'],
  ],
  [
    'takes every key of a binding for a pattern that matches all',
    sent('queue.bind', { routingKey: '#' }),
    ["a topic exchange does not route 'a.b.c' by 'a.*'", "a topic exchange does not route '' by '*.#'"],
  ],
  [
    'does not look at the arguments of bindings',
    sent('queue.bind', { arguments: {} }),
    ['a binding of a headers exchange by any refuses none of them', 'a binding is told apart by its arguments'],
  ],
  [
    'does not look at the arguments of queues',
    sent('queue.declare', { arguments: {} }),
    [
      'a queue with a greatest length drops the oldest',
      'a full queue that rejects leaves the message to its publisher',
      'a queue with priorities delivers the highest first',
      'a queue with a single active consumer takes no exclusive consumer',
      "declaring a queue again is refused for another x-max-length: received '2' but current is '1'",
    ],
  ],
  [
    'knows no flags of queues',
    sent('queue.declare', { exclusive: false, autoDelete: false, durable: false }),
    [
      'an auto-delete queue goes when its last consumer is cancelled',
      'an exclusive queue is locked to declarations of other connections',
      "declaring a queue again is refused for another durable: received 'false' but current is 'true'",
    ],
  ],
  [
    'deletes without looking',
    sent('queue.delete', { ifEmpty: false, ifUnused: false }),
    [
      'deleting a queue if empty is refused while it has messages',
      'deleting a queue if unused is refused while it has consumers',
    ],
  ],
  [
    'has no prefetch',
    sent('basic.qos', { prefetchCount: 0 }),
    [
      'a prefetch is the most that a consumer has unacknowledged',
      'a prefetch of the channel is shared by its consumers',
      'a consumer of higher priority leaves to others what it has no room for',
    ],
  ],
  [
    'has no priorities of consumers',
    sent('basic.consume', { arguments: {} }),
    ['a consumer of higher priority is refused when the priority is no number'],
  ],
  [
    'has no exclusive consumers',
    sent('basic.consume', { exclusive: false }),
    ['an exclusive consumer lets nobody else consume', 'an exclusive consumer is refused where somebody consumes'],
  ],
  [
    'acknowledges one message at a time',
    sent('basic.ack', { multiple: false }),
    [
      'an acknowledgement of several is of all up to it',
      'an acknowledgement of several spans the queues of its channel',
    ],
  ],
  [
    'acknowledges all up to a message',
    sent('basic.ack', { multiple: true }),
    ['an acknowledgement is of one message', 'recovering requeues all that is unacknowledged on the channel'],
  ],
  [
    'requeues what is to be dropped',
    sent('basic.reject', { requeue: true }),
    ['a message that is refused and not requeued is gone, by reject'],
  ],
  [
    'does not mark what comes again',
    answered('basic.get-ok', { redelivered: false }),
    ['a requeued message is delivered again, marked as such', 'recovering without an answer does the same'],
  ],
  [
    'says that queues are empty',
    answered('queue.declare-ok', { messageCount: 0 }),
    ['declaring a queue again says how many messages and consumers it has'],
  ],
  [
    'confirms what it declined',
    {
      toClient: (parcel) =>
        parcel.method.name === 'basic.nack'
          ? { ...parcel, method: { name: 'basic.ack', deliveryTag: parcel.method.deliveryTag, multiple: false } }
          : parcel,
    },
    ['a full queue that rejects has it refused as a whole though another queue took it'],
  ],
  [
    'sends nothing back',
    { toClient: (parcel) => (parcel.method.name === 'basic.return' ? undefined : parcel) },
    [
      'a confirming channel sends a mandatory message back before it confirms it',
      'the default exchange has no route to a queue that does not exist',
      'deleting an exchange takes its bindings with it',
    ],
  ],
  [
    'changes bodies',
    {
      toClient: (parcel) =>
        parcel.content ? { ...parcel, content: { ...parcel.content, body: Buffer.from('?') } } : parcel,
    },
    [
      'what was published arrives: a body of a million bytes',
      'an alternate exchange may have an alternate itself',
      'fetching without acknowledgement takes it out',
    ],
  ],
  [
    'loses properties',
    {
      toBroker: (parcel) =>
        parcel.content ? { ...parcel, content: { ...parcel.content, rawProperties: Buffer.alloc(2) } } : parcel,
    },
    [
      'what was published arrives: all properties',
      'what was published arrives: a decimal in a header',
      'a message with CC goes to those queues as well, and keeps the header',
      'publishing as the user of the connection is fine',
    ],
  ],
  [
    'commits what is rolled back',
    {
      toBroker: (parcel) =>
        parcel.method.name === 'tx.rollback' ? { ...parcel, method: { name: 'tx.commit' } } : parcel,
      toClient: (parcel) =>
        parcel.method.name === 'tx.commit-ok' ? { ...parcel, method: { name: 'tx.rollback-ok' } } : parcel,
    },
    ['a transaction publishes nothing when it is rolled back'],
  ],
];

it.each(faults)('behaviours fail on a broker that %s', async (_, tap, names) => {
  for (const name of names) {
    const behaviour = brokerBehaviours.find((each) => each.name === name);
    expect(behaviour, name).toBeDefined();
    const engine = new BrokerEngine();
    const world = new BrokerWorld({
      vhost: '/',
      connect: async (options) => connectInProcess(engine, { ...options, tap }),
      [Symbol.asyncDispose]: async () => engine.close(),
    });
    await expect(behaviour?.run(world), name).rejects.toThrow();
    await world[Symbol.asyncDispose]();
  }
});
