export { AmqpFault } from './engine/amqp-fault.ts';
export { BrokerEngine } from './engine/broker-engine.ts';
export type {
  BindingStatus,
  BrokerStatus,
  BrokerTotals,
  ChannelStatus,
  ConnectionStatus,
  ConsumerStatus,
  ExchangeStatus,
  MemoryStatus,
  QueueStatus,
  VhostStatus,
} from './engine/broker-status.ts';
export type { ChannelPeer, ConnectionPeer } from './engine/channel-peer.ts';
export type { EngineChannel } from './engine/engine-channel.ts';
export type { EngineConnection, EngineConnectionOptions } from './engine/engine-connection.ts';
export type { EngineOptions } from './engine/engine-options.ts';
export { type BrokerAddress, BrokerServer, type BrokerServerOptions } from './server/broker-server.ts';
export { BrokerListenError } from './server/listen-error.ts';
export { identifyPortHolder, type PortHolder } from './server/port-holder.ts';
export type { ServerLimits } from './server/server-limits.ts';
export type { Message, PublishedContent } from './engine/message.ts';
export { type EmbeddedBroker, startBroker, type StartBrokerOptions } from './server/start-broker.ts';
