export type { BrokerBehaviour } from './conformance/broker/broker-behaviour.ts';
export { brokerBehaviours } from './conformance/broker/broker-behaviours.ts';
export {
  brokerCapabilities,
  type BrokerCapability,
  type LackingCapabilities,
} from './conformance/broker/broker-capability.ts';
export { type BrokerEntrance, BrokerWorld, type EmptyVhost } from './conformance/broker/broker-world.ts';
export { type BrokerSubject, testBroker } from './conformance/broker/test-broker.ts';
export type { TestFunction } from './conformance/test-function.ts';
export { testTransport } from './conformance/transport/test-transport.ts';
export type { TransportBehaviour } from './conformance/transport/transport-behaviour.ts';
export { transportBehaviours } from './conformance/transport/transport-behaviours.ts';
export type {
  ConformanceCapabilities,
  TransportSubject,
  TransportWorld,
} from './conformance/transport/transport-subject.ts';
export { MemoryBroker } from './memory-broker.ts';
export { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
export { workerFactory } from './worker-factory.ts';
