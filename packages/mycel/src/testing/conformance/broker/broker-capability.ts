/**
 * What a broker may lack without being wrong. A behaviour names what it needs; a broker names what it lacks, each with
 * the reason that stands in the report of the skipped test.
 */
export const brokerCapabilities = {
  /** It asks for a user and a password, and refuses wrong ones. */
  credentials: 'asks who connects, and refuses a wrong password',
  /** It is another process, or behaves as if it were. */
  tcp: 'is reached by bytes on a socket, so that a peer can send what no client would',
  /** It takes arguments that it does not know, and does nothing about them. */
  unknownArguments: 'takes arguments it does not know, and ignores them',
  /** Numbers in arguments and headers keep their type, not their value alone. */
  numberTypes: 'tells numbers apart that differ in type only: a double without fraction, an integer of another width',
  /** It keeps a dead letter until a queue has confirmed it. */
  deadLetterAtLeastOnce: 'dead-letters at least once when a quorum queue asks for it',
  /** A queue may be a log that many consumers read from any point. */
  streams: 'has queues of the type stream',
} as const;

export type BrokerCapability = keyof typeof brokerCapabilities;

/** What a broker lacks, and why. */
export type Lacking = Readonly<Partial<Record<BrokerCapability, string>>>;
