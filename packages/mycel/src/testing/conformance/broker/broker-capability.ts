/** What a broker may lack without being wrong. */
export type BrokerCapability = 'credentials' | 'tcp' | 'unknownArguments' | 'numberTypes' | 'deathOrder' | 'streams';

/** What a broker does that has a capability. A behaviour names those it needs; where one is lacking it is left out. */
export const brokerCapabilities: Readonly<Record<BrokerCapability, string>> = {
  credentials: 'asks who connects, and refuses a wrong password',
  tcp: 'is reached by bytes on a socket, so that a peer can send what no client would',
  unknownArguments: 'takes arguments it does not know, and ignores them',
  numberTypes: 'tells numbers apart that differ in type only: a double without fraction, an integer of another width',
  deathOrder: 'keeps the entries of x-death in the order of the deaths, latest first, however many',
  streams: 'has queues of the type stream',
};

/** What a broker lacks, each with the reason, which stands in the report of the skipped tests. */
export type LackingCapabilities = Readonly<Partial<Record<BrokerCapability, string>>>;
