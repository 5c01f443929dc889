export { AmqpConnection } from './amqp-connection.ts';
export { AmqpChannel } from './amqp-channel.ts';
export type {
  ChannelClosed,
  ConnectionClosed,
  ConsumeOptions,
  DeleteQueueOptions,
  ExchangeOptions,
  GetOptions,
  NackOptions,
  QosOptions,
  QueueInfo,
  QueueOptions,
} from './channel-options.ts';
export { type ConnectOptions, type ResolvedConnectOptions, resolveConnectOptions } from './connect-options.ts';
export type { Credentials } from './credentials.ts';
export {
  AccessRefusedError,
  AmqpServerError,
  ChannelClosedError,
  ChannelsExhaustedError,
  ConnectionClosedError,
  ConnectionLostError,
  ConnectTimeoutError,
  HeartbeatError,
  NackedError,
  ProtocolMismatchError,
  UnexpectedFrameError,
  UnreachableError,
  VhostRefusedError,
} from './errors.ts';
export { type Agreement, introduce } from './handshake.ts';
export type { Link, LinkOwner } from './link.ts';
export type { Delivery, PublishOptions, PublishOutcome, ReturnedMessage, ReturnedMessageInfo } from './message.ts';
export { AmqpError, MalformedFrameError, UnencodableError } from '../codec/amqp-error.ts';
export { Decimal, type FieldTable, type FieldTag, type FieldValue, typed, TypedValue } from '../codec/field-value.ts';
export type { MessageProperties } from '../codec/message-properties.ts';
