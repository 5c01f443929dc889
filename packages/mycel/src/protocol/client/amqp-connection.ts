import { deferred } from '../../foundation/deferred.ts';
import { messageOf } from '../../foundation/errors.ts';
import { AmqpError, MalformedFrameError } from '../codec/amqp-error.ts';
import type { Content } from '../codec/content-assembler.ts';
import type { FieldTable } from '../codec/field-value.ts';
import { methodNameOf } from '../codec/frame-decoder.ts';
import type { ConnectionClose } from '../codec/methods/connection.ts';
import type { Method } from '../codec/methods/method.ts';
import { REPLY_CODE } from '../codec/protocol.ts';
import { AmqpChannel } from './amqp-channel.ts';
import { ChannelRegistry } from './channel-registry.ts';
import type { ConnectionClosed } from './channel-options.ts';
import {
  type ConnectOptions,
  type ResolvedConnectOptions,
  resolveConnectOptions,
  throwOutOfBand,
} from './connect-options.ts';
import { AmqpServerError, ConnectionClosedError, ConnectionLostError, UnexpectedFrameError } from './errors.ts';
import type { Agreement } from './handshake.ts';
import type { Link } from './link.ts';
import { openLink } from './open-link.ts';
import { RequestQueue } from './request-queue.ts';

type ConnectionState = 'open' | 'closing' | 'closed';

/**
 * A connection to an AMQP 0-9-1 broker, on which channels are opened. It does not reconnect: whoever owns it watches
 * {@link closed} and makes a new one.
 *
 * `open`: in use, from the moment there is one. `closing`: `close()` was called, all channels are closed, the broker's
 * answer is awaited. `closed`: by either side, or lost; everything that waited is rejected, once, with
 * `ConnectionClosedError` whose `cause` says why.
 */
export class AmqpConnection {
  /** Resolves, and never rejects, once the connection is closed. */
  readonly closed: Promise<ConnectionClosed>;
  /** Called when the broker stops reading because it lacks memory or disk: publishes wait from now on. */
  onBlocked: ((reason: string) => void) | undefined;
  /** Called when the broker reads again. */
  onUnblocked: (() => void) | undefined;

  readonly #options: Pick<ResolvedConnectOptions, 'closeTimeoutMs' | 'onError'>;
  readonly #link: Link;
  readonly #agreement: Agreement;
  readonly #resolveClosed: (closed: ConnectionClosed) => void;
  readonly #requests: RequestQueue;
  readonly #channels: ChannelRegistry;
  #state: ConnectionState = 'open';
  #blocked: string | undefined;
  #closedError: ConnectionClosedError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(link: Link, agreement: Agreement, options: ResolvedConnectOptions) {
    const { promise, resolve } = deferred<ConnectionClosed>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#options = options;
    this.#agreement = agreement;
    this.#link = link;
    this.#requests = new RequestQueue((method) => link.send(0, method));
    this.#channels = new ChannelRegistry(link, (error) => this.#reportError(error));
    link.attach({
      // All channels are closed while the goodbye is under way; what still comes for them is too late.
      hasChannel: (channel) => this.#state === 'closing' || this.#channels.has(channel),
      onMethod: (channel, method) => this.#receive(channel, method),
      onContent: (channel, content) => this.#receiveContent(channel, content),
      onBroken: (error) => this.#broken(error),
      onGone: (error) => this.#finish({ reason: 'lost', error }),
    });
  }

  /**
   * Connects and agrees with the broker. Rejects with `UnreachableError`, `ConnectTimeoutError`, `ProtocolMismatchError`,
   * `AccessRefusedError`, `VhostRefusedError`, the reason of an aborted `signal`, or `UsageError` for impossible options;
   * then nothing is left open.
   */
  static async connect(options: ConnectOptions = {}): Promise<AmqpConnection> {
    const resolved = resolveConnectOptions(options);
    return openLink(resolved, (link, agreement) => new AmqpConnection(link, agreement, resolved));
  }

  /**
   * Makes a connection of a link that is open already, to a broker that needs no handshake. Of the options count
   * `closeTimeoutMs` and `onError`.
   */
  static over(link: Link, agreement: Agreement, options: ConnectOptions = {}): AmqpConnection {
    return new AmqpConnection(link, agreement, resolveConnectOptions(options));
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
    return this.#link.writableLength;
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

  #receive(channel: number, method: Method): void {
    if (channel === 0) this.#receiveMethod(method);
    else if (this.#state !== 'closing') this.#channels.receiveMethod(channel, method);
  }

  #receiveContent(channel: number, content: Content): void {
    if (this.#state !== 'closing') this.#channels.receiveContent(channel, content);
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
    this.#link.send(0, { name: 'connection.close-ok' });
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
    this.#sendClose(REPLY_CODE.success, '');
    const timer = setTimeout(() => this.#finish({ reason: 'client' }), this.#options.closeTimeoutMs);
    await this.closed;
    clearTimeout(timer);
  }

  /** Tells the peer what it did wrong, as the protocol asks, but does not wait for what it says to that. */
  #broken(error: AmqpError): void {
    if (this.#state === 'open') {
      const replyCode = error instanceof MalformedFrameError ? error.replyCode : REPLY_CODE.unexpectedFrame;
      this.#sendClose(replyCode, error.message.slice(0, 80));
    }
    this.#link.end();
    this.#finish({ reason: 'lost', error });
  }

  #finish(closed: ConnectionClosed): void {
    if (this.#state === 'closed') return;
    const from = this.#state;
    this.#state = 'closed';
    this.#blocked = undefined;
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

  #sendClose(replyCode: number, replyText: string): void {
    this.#link.send(0, { name: 'connection.close', replyCode, replyText, failedClassId: 0, failedMethodId: 0 });
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
