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
  /** Quorum queues are more than a name: they count the deliveries of a message. */
  quorumQueues: 'has quorum queues with what sets them apart: x-delivery-count, x-delivery-limit',
} as const;

export type BrokerCapability = keyof typeof brokerCapabilities;

/** What a broker lacks, and why. */
export type Lacking = Readonly<Partial<Record<BrokerCapability, string>>>;
