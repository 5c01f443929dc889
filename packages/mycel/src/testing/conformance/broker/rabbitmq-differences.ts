/** Behaviours that a RabbitMQ shows otherwise than 3.10 does, each with the reason. */
export type Differences = Readonly<Record<string, string>>;

const deathsAnew = 'RabbitMQ 4 begins a new history when the dead letter is published again by a client';
const otherFault = 'RabbitMQ 4 closes the channel only, with 406 PRECONDITION_FAILED';
const otherGreeting = 'RabbitMQ 4 offers AMQP 1.0';
const noGlobalPrefetch = 'RabbitMQ 4.3 has no prefetch of the channel: it holds for each consumer';
const otherCount =
  'RabbitMQ 4.3 counts a message that was given back in x-acquired-count, and in x-delivery-count only one that was lost with its consumer';

const since: readonly (readonly [version: readonly [major: number, minor: number], differences: Differences])[] = [
  [
    [4, 0],
    {
      'declaring an exchange of an unknown type ends the connection': otherFault,
      'a connection that ends takes all its channels along': otherFault,
      'a binding of a headers exchange takes one for one point nought': 'RabbitMQ 4 tells integers from doubles',
      'a quorum queue is told apart from a classic one': "RabbitMQ 4 says that 'classic' was received, not none",
      'a quorum queue counts how often a message came back': 'RabbitMQ 4 has no x-delivery-count on a first delivery',
      'a quorum queue puts what is requeued at its end':
        'RabbitMQ 4 has a delivery limit of 20 where none is asked for, and then puts it at the head',
      'a dead letter names where it died first in headers of its own': 'RabbitMQ 4 names where it died last as well',
      'a dead letter loses its CC where the queue has a key, and remembers those keys':
        'RabbitMQ 4 keeps the header, though it does not route by it',
      'the history of a dead letter counts deaths in the same queue for the same reason, and moves them to the front':
        deathsAnew,
      'the history of a dead letter has an entry for each reason': deathsAnew,
      'a stranger of another protocol is told which one is spoken here': otherGreeting,
      'a stranger who speaks no protocol at all is told which protocol is spoken here': otherGreeting,
    },
  ],
  [
    [4, 3],
    {
      'a queue declared with x-queue-version 1 is fine, twice': 'RabbitMQ 4.3 has only version 2',
      'a queue declared with x-queue-master-locator "min-masters" is fine, twice':
        'RabbitMQ 4.3 permits it only where deprecated_features.permit.queue_master_locator is set',
      'a queue declared with x-queue-mode "nonsense" is refused': 'RabbitMQ 4.3 ignores the mode of a queue',
      'a quorum queue dead-letters a message that came back too often': otherCount,
      'a quorum queue gives others what a closed channel left, and counts that': otherCount,
      'a quorum queue has no prefetch of the channel': noGlobalPrefetch,
      'a quorum queue with a single active consumer cannot be fetched from': 'RabbitMQ 4.3 words it otherwise',
      'a dead letter keeps body and properties': 'RabbitMQ 4.3 keeps that it was delivered before, too',
      'a prefetch of the channel is shared by its consumers': noGlobalPrefetch,
      'a prefetch of the channel holds for consumers that run': noGlobalPrefetch,
      'a prefetch of the channel may be raised': noGlobalPrefetch,
      'a prefetch of the channel may be lifted': noGlobalPrefetch,
      'a prefetch of the channel holds beside that of a consumer': noGlobalPrefetch,
      'direct reply-to sends a mandatory answer back though it was brought: the address is no queue':
        'RabbitMQ 4.3 has a queue type for the address',
    },
  ],
];

/** Gives what a RabbitMQ of this version, `4.0.5` say, does otherwise. */
export function differencesOf(version: string): Differences {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const held = since.filter(([[from, and]]) => major > from || (major === from && minor >= and));
  return Object.assign({}, ...held.map(([, differences]) => differences));
}
