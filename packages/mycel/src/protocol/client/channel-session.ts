import { deferred } from '../../foundation/deferred.ts';
import type { AmqpError } from '../codec/amqp-error.ts';
import type { Content } from '../codec/content-assembler.ts';
import { methodNameOf } from '../codec/frame-decoder.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicPublish } from '../codec/methods/basic.ts';
import type { ChannelClose } from '../codec/methods/channel.ts';
import type { Method } from '../codec/methods/method.ts';
import { REPLY_CODE } from '../codec/protocol.ts';
import type { ChannelClosed } from './channel-options.ts';
import { type AwaitedConfirm, ConfirmLedger } from './confirm-ledger.ts';
import { Consumers } from './consumers.ts';
import { AmqpServerError, ChannelClosedError, UnexpectedFrameError } from './errors.ts';
import type { Link } from './link.ts';
import type { ReturnedMessage } from './message.ts';
import { RequestQueue } from './request-queue.ts';

/** What a channel tells its connection. */
export interface ChannelOwner {
  /** Told of what a user's callback threw. */
  readonly reportError: (error: unknown) => void;
  /** The channel is closed and its number free. */
  readonly release: (id: number) => void;
}

type ChannelState = 'opening' | 'open' | 'closing' | 'closed';

/**
 * The client's end of one channel: its states, and what methods mean in each.
 *
 * `opening`: `channel.open` is sent, nothing else may be. `open`: in use. `closing`: `close()` was called; requests made
 * before are still answered and publishes confirmed, deliveries are dropped (the broker requeues them), nothing new is
 * taken. `closed`: by either side, or with the connection; everything that waited is rejected, and the number is free once
 * both sides know.
 */
export class ChannelSession {
  readonly id: number;
  readonly closed: Promise<ChannelClosed>;
  readonly consumers: Consumers;
  /** Whether publishes are numbered for their confirms: from the moment that `confirm.select` is on the wire. */
  isConfirming = false;
  /** False while the broker asked for a pause by `channel.flow`. */
  isFlowing = true;
  onReturn: ((message: ReturnedMessage) => void) | undefined;

  readonly #link: Link;
  readonly #owner: ChannelOwner;
  readonly #resolveClosed: (closed: ChannelClosed) => void;
  readonly #requests: RequestQueue;
  readonly #confirms = new ConfirmLedger();
  #state: ChannelState = 'opening';
  #closedError: AmqpError | undefined;
  #closing: Promise<void> | undefined;

  constructor(id: number, link: Link, owner: ChannelOwner) {
    const { promise, resolve } = deferred<ChannelClosed>();
    this.id = id;
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#link = link;
    this.#owner = owner;
    this.consumers = new Consumers({ send: (method) => this.#write(method), reportError: owner.reportError });
    this.#requests = new RequestQueue((method) => this.#write(method));
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** What the broker was asked and has not answered. */
  get unconfirmed(): number {
    return this.#confirms.size;
  }

  get awaited(): Method | undefined {
    return this.#requests.current;
  }

  /** Opens the channel on the broker. */
  async open(): Promise<void> {
    const isOpened = (reply: Method) => {
      if (reply.name !== 'channel.open-ok') return undefined;
      this.#state = 'open';
      return true;
    };
    await this.#requests.request({ name: 'channel.open' }, isOpened);
  }

  /** Sends a method that has no answer. Throws when the channel is not open. */
  send(method: Method): void {
    this.#expectOpen(method.name);
    this.#write(method);
  }

  /** Sends a request in its turn; see {@link RequestQueue.request}. */
  request<T>(method: Method, accept: (reply: Method, content?: Content) => T | undefined): Promise<T> {
    try {
      this.#expectOpen(method.name);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#requests.request(method, accept);
  }

  /** Sends a message. On a confirming channel `awaited` takes its number in the ledger. */
  publish(
    method: BasicPublish,
    properties: MessageProperties,
    body: Uint8Array,
    awaited: AwaitedConfirm | undefined,
  ): void {
    this.#expectOpen('basic.publish');
    this.#link.publish(this.id, method, properties, body);
    if (awaited) this.#confirms.add(awaited);
  }

  /** Asks the broker to close the channel, after the requests that wait. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#askToClose();
    return this.#closing;
  }

  /** Rejects what waits for an answer; closes the channel once that answer comes after all. */
  giveUp(error: AmqpError): void {
    if (this.#state !== 'open') return;
    this.#requests.giveUp(error);
    void this.close();
  }

  /** Takes a method of this channel. Throws `UnexpectedFrameError` when the connection is beyond use. */
  receiveMethod(method: Method): void {
    if (this.#state === 'closed') {
      if (method.name === 'channel.close-ok') this.#owner.release(this.id);
      return;
    }
    switch (method.name) {
      case 'basic.ack':
        this.#confirms.settle(method.deliveryTag, method.multiple, true);
        return;
      case 'basic.nack':
        this.#confirms.settle(method.deliveryTag, method.multiple, false);
        return;
      case 'basic.cancel':
        this.consumers.cancelledByBroker(method);
        return;
      case 'channel.flow':
        this.isFlowing = method.active;
        this.#write({ name: 'channel.flow-ok', active: method.active });
        return;
      case 'channel.close':
        this.#closedByBroker(method);
        return;
      default:
        if (!this.#requests.answer(method)) throw unasked(method, this.id);
    }
  }

  /** Takes a message of this channel. Throws as {@link receiveMethod} does. */
  receiveContent(content: Content): void {
    const { method } = content;
    if (method.name === 'basic.deliver') {
      if (this.#state === 'open') this.consumers.deliver(method, content);
    } else if (method.name === 'basic.return') {
      this.#receiveReturn(this.consumers.returnedMessage(method, content));
    } else if (!this.#requests.answer(method, content)) {
      throw unasked(method, this.id);
    }
  }

  /** Ends the channel together with its connection. */
  connectionClosed(error: AmqpError): void {
    this.#finish({ reason: 'connection', error }, error, error);
  }

  #receiveReturn(message: ReturnedMessage): void {
    if (this.#confirms.pairReturn(message) || !this.onReturn) return;
    try {
      this.onReturn(message);
    } catch (error) {
      this.#owner.reportError(error);
    }
  }

  async #askToClose(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    const close = {
      name: 'channel.close',
      replyCode: REPLY_CODE.success,
      replyText: '',
      failedClassId: 0,
      failedMethodId: 0,
    } as const;
    const isClosed = (reply: Method) => {
      if (reply.name !== 'channel.close-ok') return undefined;
      const error = new ChannelClosedError(`Channel ${this.id} was closed by this client`);
      this.#finish({ reason: 'client' }, error, error);
      this.#owner.release(this.id);
      return true;
    };
    // A rejection means that the broker or the connection was faster: closed all the same.
    await this.#requests.request(close, isClosed).catch(() => undefined);
  }

  #closedByBroker(close: ChannelClose): void {
    this.#write({ name: 'channel.close-ok' });
    const failed = methodNameOf(close.failedClassId, close.failedMethodId);
    const cause = new AmqpServerError('channel', close.replyCode, close.replyText, failed);
    const error = new ChannelClosedError(`Channel ${this.id} is closed. ${cause.message}`, { cause });
    const current = this.#requests.current?.name;
    const isCurrentBlamed = failed === undefined || current === failed;
    this.#finish({ reason: 'server', error: cause }, isCurrentBlamed ? cause : error, error);
    // Where both sides close at once, each answers the other: until that has come, the number is taken.
    if (current !== 'channel.close') this.#owner.release(this.id);
  }

  #finish(closed: ChannelClosed, currentError: AmqpError, error: AmqpError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closedError = error;
    this.#requests.fail(currentError, error);
    this.#confirms.fail(error);
    this.consumers.clear();
    this.#resolveClosed(closed);
  }

  #write(method: Method): void {
    this.#link.send(this.id, method);
    if (method.name === 'confirm.select') this.isConfirming = true;
  }

  #expectOpen(what: string): void {
    if (this.#state === 'open') return;
    throw this.#closedError ?? new ChannelClosedError(`Cannot send ${what}: channel ${this.id} is ${this.#state}`);
  }
}

function unasked(method: Method, id: number): UnexpectedFrameError {
  return new UnexpectedFrameError(`The broker sent ${method.name} on channel ${id}, which answers nothing`);
}
