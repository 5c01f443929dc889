import type { LackingCapabilities } from './broker-capability.ts';

/** What the embedded broker lacks, reached by TCP: the table in `docs/reference/embedded-broker.md`. */
export const embeddedBrokerLacks: LackingCapabilities = {
  unknownArguments: 'an argument that is ignored is a setting that does not hold: it is refused instead',
  numberTypes: 'a decoded argument is a number, and a number has no width',
  streams: 'it is for rpc and events, which are queues',
};

/** What its engine lacks besides, reached in the same process. */
export const engineLacks: LackingCapabilities = {
  ...embeddedBrokerLacks,
  credentials: 'whoever is in the process is in already',
  tcp: 'there are no bytes in between',
};
