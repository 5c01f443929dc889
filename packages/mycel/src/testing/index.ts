export { MemoryBroker } from './memory-broker.ts';
export { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
export { workerFactory } from './worker-factory.ts';
