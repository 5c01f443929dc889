export type { HealthReport } from '../foundation/health-report.ts';
export { Counters } from '../foundation/counters.ts';
export type { DeadLetter, DeadLetterError, DeadLetterFailure, DeadLetterReason } from './dead-letter.ts';
export type { DeadLetterTransport, LetterFate, SortedOut, SortOutOptions } from './dead-letter-transport.ts';
export type { Discovery, DiscoveryQuestion, DiscoveryTransport } from './discovery-transport.ts';
export type {
  PublishResult,
  DeadLetterSettlement,
  EventSubscriber,
  EventTransport,
  EventTrial,
  HandlerMode,
  InboundEvent,
  OnError,
  OutboundEvent,
  RetrySettlement,
  Settlement,
} from './event-transport.ts';
export { LetterNotReplayedError } from './letter-not-replayed-error.ts';
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
  RequeuedCall,
  RpcTransport,
  ServeOptions,
  WireError,
} from './rpc-transport.ts';
export type { Subscription } from './subscription.ts';
export {
  BrokerUnavailableError,
  CallCancelledError,
  type CallProgress,
  CallTimeoutError,
  DisconnectedError,
  type PublishBound,
  PublishBufferError,
  PublishRejectedError,
  ServiceUnavailableError,
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
