export type { HealthReport } from '../foundation/health-report.ts';
export type { Discovery, DiscoveryQuestion, DiscoveryTransport } from './discovery-transport.ts';
export type {
  PublishResult,
  EventSubscriber,
  EventTransport,
  HandlerMode,
  InboundEvent,
  OutboundEvent,
  Settlement,
} from './event-transport.ts';
export type { EncodedPayload, PayloadSource } from './payload.ts';
export { decodePayload, encodePayload } from './payload.ts';
export type {
  CallArguments,
  CallReply,
  CallSettlement,
  Canceller,
  InboundCall,
  OutboundCall,
  PendingCall,
  RpcTransport,
  ServeOptions,
  WireError,
} from './rpc-transport.ts';
export type { Subscription } from './subscription.ts';
export {
  BrokerUnavailableError,
  CallCancelledError,
  CallTimeoutError,
  DisconnectedError,
  type PublishBound,
  PublishBufferError,
  PublishRejectedError,
  TopologyError,
  TransportClosedError,
  TransportError,
  UndecodableError,
  UnknownServiceError,
  UnserialisableError,
} from './transport-errors.ts';
export { transportResource } from './transport-resource.ts';
export { transportKey, type Transport, type TransportCapabilities } from './transport.ts';
export { emptyContext, type WireContext } from './wire-context.ts';
