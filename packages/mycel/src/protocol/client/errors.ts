import { AmqpError } from '../codec/amqp-error.ts';

/** The broker closed a channel or the connection with an error of the protocol: 404 not found, 406 precondition failed, ... */
export class AmqpServerError extends AmqpError {
  readonly code = 'MYCEL_AMQP_SERVER';
  /** What was closed. */
  readonly scope: 'channel' | 'connection';
  /** The protocol's code: 403 access refused, 404 not found, 405 locked, 406 precondition failed, 320 forced, ... */
  readonly replyCode: number;
  /** The broker's own words. */
  readonly replyText: string;
  /** The method that failed, for instance `queue.declare`; undefined when the broker named none. */
  readonly method: string | undefined;

  constructor(scope: 'channel' | 'connection', replyCode: number, replyText: string, method: string | undefined) {
    super(`The broker closed the ${scope}${method ? ` on ${method}` : ''}: ${replyCode} ${replyText}`);
    this.scope = scope;
    this.replyCode = replyCode;
    this.replyText = replyText;
    this.method = method;
  }
}

/** The connection is closed, so what was asked of it did not happen, or nobody knows. `cause` tells why, if not by `close()`. */
export class ConnectionClosedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_CONNECTION_CLOSED';
}

/** The channel is closed, so what was asked of it did not happen, or nobody knows. `cause` tells why, if not by `close()`. */
export class ChannelClosedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_CHANNEL_CLOSED';
}

/** The socket of an open connection failed or was closed without the protocol's goodbye. */
export class ConnectionLostError extends AmqpError {
  readonly code = 'MYCEL_AMQP_CONNECTION_LOST';
}

/** The peer was silent for two heartbeat intervals: it is frozen, or the network between is cut. */
export class HeartbeatError extends AmqpError {
  readonly code = 'MYCEL_AMQP_HEARTBEAT';
}

/** No connection came about: nobody listens there, the name is unknown, the TLS handshake failed. */
export class UnreachableError extends AmqpError {
  readonly code = 'MYCEL_AMQP_UNREACHABLE';
}

/** The broker did not finish the handshake in time. */
export class ConnectTimeoutError extends AmqpError {
  readonly code = 'MYCEL_AMQP_CONNECT_TIMEOUT';
}

/** The broker refused the user, the password or the mechanism. */
export class AccessRefusedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_ACCESS_REFUSED';
}

/** The virtual host does not exist, or the user may not enter it. */
export class VhostRefusedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_VHOST_REFUSED';
}

/** Whoever listens there does not speak AMQP 0-9-1: a web server, a TLS port, another version of AMQP. */
export class ProtocolMismatchError extends AmqpError {
  readonly code = 'MYCEL_AMQP_PROTOCOL_MISMATCH';
}

/** The broker declined responsibility for a message (a full queue with `reject-publish`, an internal error). */
export class NackedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_NACKED';
  readonly exchange: string;
  readonly routingKey: string;

  constructor(exchange: string, routingKey: string) {
    const where = `exchange '${exchange}' with routing key '${routingKey}'`;
    super(`The broker did not take a message published to ${where}: a queue is full or failed. Publish it again later`);
    this.exchange = exchange;
    this.routingKey = routingKey;
  }
}

/** All channels that the broker and the options allow are open. */
export class ChannelsExhaustedError extends AmqpError {
  readonly code = 'MYCEL_AMQP_CHANNELS_EXHAUSTED';
}

/** The peer sent a frame that is well formed but has no place here: a body without its header, an answer to no question. */
export class UnexpectedFrameError extends AmqpError {
  readonly code = 'MYCEL_AMQP_UNEXPECTED_FRAME';
}
