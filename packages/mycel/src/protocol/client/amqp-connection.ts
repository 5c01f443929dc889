import type { Socket } from 'node:net';
import { deferred } from '../../foundation/deferred.ts';
import { messageOf } from '../../foundation/errors.ts';
import { AmqpError, MalformedFrameError } from '../codec/amqp-error.ts';
import type { FieldTable } from '../codec/field-value.ts';
import { decodeMethod, methodNameOf } from '../codec/frame-decoder.ts';
import type { ConnectionClose } from '../codec/methods/connection.ts';
import type { Method } from '../codec/methods/method.ts';
import { FRAME_HEARTBEAT, FRAME_METHOD, REPLY_CODE } from '../codec/protocol.ts';
import { AmqpChannel } from './amqp-channel.ts';
import { ChannelRegistry } from './channel-registry.ts';
import type { ConnectionClosed } from './channel-options.ts';
import {
  type ConnectOptions,
  type ResolvedConnectOptions,
  resolveConnectOptions,
  throwOutOfBand,
} from './connect-options.ts';
import {
  AmqpServerError,
  ConnectionClosedError,
  ConnectionLostError,
  ConnectTimeoutError,
  HeartbeatError,
  UnexpectedFrameError,
} from './errors.ts';
import { FrameLink } from './frame-link.ts';
import { type Agreement, Handshake } from './handshake.ts';
import { Heartbeat } from '../socket/heartbeat.ts';
import { openSocket } from './open-socket.ts';
import { RequestQueue } from './request-queue.ts';

type ConnectionState = 'handshaking' | 'open' | 'closing' | 'closed';

/**
 * A connection to an AMQP 0-9-1 broker, on which channels are opened. It does not reconnect: whoever owns it watches
 * {@link closed} and makes a new one.
 *
 * `handshaking`: until `connect` resolves. `open`: in use. `closing`: `close()` was called, all channels are closed, the
 * broker's answer is awaited. `closed`: by either side, or lost; everything that waited is rejected, once, with
 * `ConnectionClosedError` whose `cause` says why.
 */
export class AmqpConnection {
  /** Resolves, and never rejects, once the connection is closed. */
  readonly closed: Promise<ConnectionClosed>;
  /** Called when the broker stops reading because it lacks memory or disk: publishes wait from now on. */
  onBlocked: ((reason: string) => void) | undefined;
  /** Called when the broker reads again. */
  onUnblocked: (() => void) | undefined;

  readonly #options: ResolvedConnectOptions;
  readonly #link: FrameLink;
  readonly #handshake: Handshake;
  readonly #opened = deferred<Agreement>();
  readonly #resolveClosed: (closed: ConnectionClosed) => void;
  readonly #requests: RequestQueue;
  readonly #channels: ChannelRegistry;
  #state: ConnectionState = 'handshaking';
  #agreement: Agreement = { serverProperties: {}, frameMax: 0, channelMax: 0, heartbeatSeconds: 0 };
  #heartbeat: Heartbeat | undefined;
  #blocked: string | undefined;
  #closedError: ConnectionClosedError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(socket: Socket, options: ResolvedConnectOptions) {
    const { promise, resolve } = deferred<ConnectionClosed>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#options = options;
    this.#link = new FrameLink(socket, options.frameMax, {
      onFrame: (type, channel, buffer, start, end) => this.#receive(type, channel, buffer, start, end),
      onActivity: () => this.#heartbeat?.received(),
      onBroken: (error) => this.#broken(error),
      onGone: (error) => this.#finish({ reason: 'lost', error }),
    });
    this.#requests = new RequestQueue((method) => this.#link.send(method));
    this.#handshake = new Handshake(options, (method) => this.#link.send(method));
    this.#channels = new ChannelRegistry(this.#link, (error) => this.#reportError(error));
  }

  /**
   * Connects and agrees with the broker. Rejects with `UnreachableError`, `ConnectTimeoutError`, `ProtocolMismatchError`,
   * `AccessRefusedError`, `VhostRefusedError`, the reason of an aborted `signal`, or `UsageError` for impossible options;
   * then nothing is left open.
   */
  static async connect(options: ConnectOptions = {}): Promise<AmqpConnection> {
    const resolved = resolveConnectOptions(options);
    const { host, port, connectTimeoutMs, signal } = resolved;
    const attempt = new AbortController();
    const onAbort = () => attempt.abort(signal?.reason);
    const onTimeout = () =>
      attempt.abort(
        new ConnectTimeoutError(`The broker at ${host}:${port} did not open the connection in ${connectTimeoutMs} ms`),
      );
    const timer = setTimeout(onTimeout, connectTimeoutMs);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    try {
      const connection = new AmqpConnection(await openSocket(resolved, attempt.signal), resolved);
      await connection.#open(attempt.signal);
      return connection;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** What the broker says of itself: product, version, capabilities, ... */
  get serverProperties(): FieldTable {
    return this.#agreement.serverProperties;
  }

  /** Bytes of the largest frame, as agreed. */
  get frameMax(): number {
    return this.#agreement.frameMax;
  }

  /** The most channels at once, as agreed. */
  get channelMax(): number {
    return this.#agreement.channelMax;
  }

  /** As agreed; 0 when there are none. */
  get heartbeatSeconds(): number {
    return this.#agreement.heartbeatSeconds;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Why the broker does not read what is published, while it does not. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** Bytes buffered here because the network or the broker is slower than this program. */
  get writableLength(): number {
    return this.#link.outbox.writableLength;
  }

  /** Resolves when little or nothing is buffered any more, or the connection is closed. */
  drained(): Promise<void> {
    return this.#link.drained();
  }

  /** Opens a channel. Rejects with `ChannelsExhaustedError` when all are in use. */
  async openChannel(): Promise<AmqpChannel> {
    this.#expectOpen('open a channel');
    const session = this.#channels.create(this.#agreement.channelMax);
    await session.open();
    return new AmqpChannel(session);
  }

  /** Hands the broker a new secret for this connection (an OAuth token), with a reason for its log. */
  async updateSecret(secret: string, reason: string): Promise<void> {
    this.#expectOpen('update the secret');
    const method = { name: 'connection.update-secret', newSecret: Buffer.from(secret), reason } as const;
    await this.#requests.request(method, (reply) => reply.name === 'connection.update-secret-ok' || undefined);
  }

  /**
   * Says goodbye: what was published before is sent, what still awaits an answer is rejected. Waits for the broker's answer
   * for `closeTimeoutMs` at most. Idempotent; never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#sayGoodbye();
    return this.#closing;
  }

  /** Drops the connection without a goodbye. With an error it counts as lost, by that error. */
  destroy(error?: Error): void {
    if (!error) this.#finish({ reason: 'client' });
    else this.#finish({ reason: 'lost', error: asLost(error) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(attempt: AbortSignal): Promise<void> {
    const giveUp = () => {
      this.#opened.reject(attempt.reason);
      this.destroy();
    };
    attempt.addEventListener('abort', giveUp);
    try {
      // The attempt may have been given up between the opening of the socket and this line.
      if (attempt.aborted) giveUp();
      else this.#link.sendProtocolHeader();
      await this.#opened.promise;
    } finally {
      attempt.removeEventListener('abort', giveUp);
    }
  }

  #receive(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    if (channel !== 0) {
      // All channels are closed while the goodbye is under way; what still comes for them is too late.
      if (this.#state !== 'closing') this.#channels.receive(type, channel, buffer, start, end);
    } else if (type === FRAME_METHOD) {
      const method = decodeMethod(buffer, start, end);
      if (this.#state === 'handshaking') this.#shakeHands(method);
      else this.#receiveMethod(method);
    } else if (type !== FRAME_HEARTBEAT) {
      throw new MalformedFrameError(REPLY_CODE.unexpectedFrame, 'content on channel 0');
    }
  }

  #shakeHands(method: Method): void {
    let agreement: Agreement | undefined;
    try {
      agreement = this.#handshake.receive(method);
    } catch (error) {
      if (method.name === 'connection.close') this.#link.send({ name: 'connection.close-ok' });
      this.#opened.reject(error);
      this.#link.end();
      this.#finish({ reason: 'server', error: asLost(error) });
      return;
    }
    if (!agreement) return;
    this.#agreement = agreement;
    this.#link.frameMax = agreement.frameMax;
    this.#state = 'open';
    if (agreement.heartbeatSeconds > 0) this.#heartbeat = this.#startHeartbeat(agreement.heartbeatSeconds);
    this.#opened.resolve(agreement);
  }

  #receiveMethod(method: Method): void {
    switch (method.name) {
      case 'connection.blocked':
        this.#blocked = method.reason;
        this.#guarded(() => this.onBlocked?.(method.reason));
        return;
      case 'connection.unblocked':
        this.#blocked = undefined;
        this.#guarded(() => this.onUnblocked?.());
        return;
      case 'connection.close':
        this.#closedByBroker(method);
        return;
      case 'connection.close-ok':
        if (this.#state === 'closing') this.#finish({ reason: 'client' });
        return;
      default:
        if (this.#requests.answer(method)) return;
        throw new UnexpectedFrameError(`The broker sent ${method.name} on channel 0, which answers nothing`);
    }
  }

  #closedByBroker({ replyCode, replyText, failedClassId, failedMethodId }: ConnectionClose): void {
    this.#link.send({ name: 'connection.close-ok' });
    const failed = methodNameOf(failedClassId, failedMethodId);
    const error = new AmqpServerError('connection', replyCode, replyText, failed);
    this.#link.end();
    this.#finish({ reason: 'server', error });
  }

  async #sayGoodbye(): Promise<void> {
    if (this.#state !== 'open') {
      this.destroy();
      return;
    }
    this.#state = 'closing';
    this.#closedError = new ConnectionClosedError('The connection was closed by this client');
    this.#endRequests(this.#closedError);
    this.#link.send({
      name: 'connection.close',
      replyCode: REPLY_CODE.success,
      replyText: '',
      failedClassId: 0,
      failedMethodId: 0,
    });
    const timer = setTimeout(() => this.#finish({ reason: 'client' }), this.#options.closeTimeoutMs);
    await this.closed;
    clearTimeout(timer);
  }

  /** Tells the peer what it did wrong, as the protocol asks, but does not wait for what it says to that. */
  #broken(error: AmqpError): void {
    if (this.#state === 'open') {
      const replyCode = error instanceof MalformedFrameError ? error.replyCode : REPLY_CODE.unexpectedFrame;
      const replyText = error.message.slice(0, 80);
      this.#link.send({ name: 'connection.close', replyCode, replyText, failedClassId: 0, failedMethodId: 0 });
    }
    this.#link.end();
    this.#finish({ reason: 'lost', error });
  }

  #finish(closed: ConnectionClosed): void {
    if (this.#state === 'closed') return;
    const from = this.#state;
    this.#state = 'closed';
    this.#heartbeat?.stop();
    this.#blocked = undefined;
    if (from === 'handshaking') this.#opened.reject(this.#handshake.lost(closed.error));
    this.#closedError ??= closedError(closed);
    this.#endRequests(this.#closedError);
    this.#link.destroy();
    // However a goodbye ends, it is what this client wanted.
    this.#resolveClosed(from === 'closing' ? { reason: 'client' } : closed);
  }

  #endRequests(error: ConnectionClosedError): void {
    this.#channels.connectionClosed(error);
    this.#requests.fail(error, error);
  }

  #startHeartbeat(seconds: number): Heartbeat {
    return new Heartbeat(seconds, {
      sendIfIdle: () => this.#link.sendHeartbeatIfIdle(),
      declareDead: () => {
        const problem = `nothing came for ${2 * seconds} s, two heartbeat intervals: the broker is frozen or cut off`;
        this.#finish({ reason: 'lost', error: new HeartbeatError(`The connection to the broker is dead: ${problem}`) });
      },
    });
  }

  #guarded(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#reportError(error);
    }
  }

  #reportError(error: unknown): void {
    try {
      this.#options.onError(error);
    } catch (failure) {
      throwOutOfBand(failure);
    }
  }

  #expectOpen(what: string): void {
    if (this.#state === 'open') return;
    throw this.#closedError ?? new ConnectionClosedError(`Cannot ${what}: the connection is ${this.#state}`);
  }
}

function asLost(error: unknown): AmqpError {
  if (error instanceof AmqpError) return error;
  return new ConnectionLostError(`The connection was dropped: ${messageOf(error)}`, { cause: error });
}

function closedError({ reason, error }: ConnectionClosed): ConnectionClosedError {
  if (!error) return new ConnectionClosedError('The connection was closed by this client');
  const what = reason === 'server' ? 'was closed by the broker' : 'was lost';
  return new ConnectionClosedError(`The connection ${what}. ${error.message}`, { cause: error });
}
