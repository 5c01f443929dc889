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
