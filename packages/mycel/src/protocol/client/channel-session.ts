import { deferred } from '../../foundation/deferred.ts';
import { type AmqpError, MalformedFrameError } from '../codec/amqp-error.ts';
import { carriesContent, type Content, ContentAssembler } from '../codec/content-assembler.ts';
import { decodeContentHeader, decodeMethod, methodNameOf } from '../codec/frame-decoder.ts';
import { encodeContent, encodeMethod } from '../codec/frame-encoder.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicPublish } from '../codec/methods/basic.ts';
import type { ChannelClose } from '../codec/methods/channel.ts';
import type { Method } from '../codec/methods/method.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, REPLY_CODE } from '../codec/protocol.ts';
import type { ChannelClosed } from './channel-options.ts';
import { type AwaitedConfirm, ConfirmLedger } from './confirm-ledger.ts';
import { Consumers } from './consumers.ts';
import { AmqpServerError, ChannelClosedError, UnexpectedFrameError } from './errors.ts';
import type { ReturnedMessage } from './message.ts';
import type { Outbox } from '../socket/outbox.ts';
import { RequestQueue } from './request-queue.ts';

/** What a channel needs of its connection. */
export interface ChannelLink {
  readonly outbox: Outbox;
  readonly frameMax: number;
  /** Told of what a user's callback threw. */
  readonly reportError: (error: unknown) => void;
  /** The channel is closed and its number free. */
  readonly release: (id: number) => void;
}

type ChannelState = 'opening' | 'open' | 'closing' | 'closed';

/** Bodies are gathered as they come, so the limit is what one `Buffer` can hold. */
const MAX_BODY_BYTES = 2 ** 31 - 1;

/**
 * The client's end of one channel: its states, and what frames mean in each.
 *
 * `opening`: `channel.open` is sent, nothing else may be. `open`: in use. `closing`: `close()` was called; requests made
 * before are still answered and publishes confirmed, deliveries are dropped (the broker requeues them), nothing new is
 * taken. `closed`: by either side, or with the connection; everything that waited is rejected, and the number is free.
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

  readonly #link: ChannelLink;
  readonly #resolveClosed: (closed: ChannelClosed) => void;
  readonly #requests: RequestQueue;
  readonly #confirms = new ConfirmLedger();
  readonly #assembler = new ContentAssembler(MAX_BODY_BYTES);
  #state: ChannelState = 'opening';
  #closedError: AmqpError | undefined;
  #closing: Promise<void> | undefined;

  constructor(id: number, link: ChannelLink) {
    const { promise, resolve } = deferred<ChannelClosed>();
    this.id = id;
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#link = link;
    this.consumers = new Consumers({ send: (method) => this.#write(method), reportError: link.reportError });
    this.#requests = new RequestQueue((method) => this.#write(method));
  }

  get state(): ChannelState {
    return this.#state;
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
    const { outbox, frameMax } = this.#link;
    encodeContent(outbox.writer, this.id, frameMax, method, properties, body);
    if (awaited) this.#confirms.add(awaited);
    outbox.changed();
  }

  /** Asks the broker to close the channel, after the requests that wait. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#askToClose();
    return this.#closing;
  }

  /** Takes a frame of this channel. Throws `MalformedFrameError` or `UnexpectedFrameError` when the connection is beyond use. */
  receive(type: number, buffer: Buffer, start: number, end: number): void {
    if (type === FRAME_METHOD) {
      this.#receiveMethod(decodeMethod(buffer, start, end));
      return;
    }
    let content: Content | undefined;
    if (type === FRAME_BODY) content = this.#assembler.body(buffer.subarray(start, end));
    else if (type === FRAME_HEADER) content = this.#assembler.header(decodeContentHeader(buffer, start, end));
    else throw new MalformedFrameError(REPLY_CODE.frameError, `a heartbeat on channel ${this.id}`);
    if (content) this.#receiveContent(content);
  }

  /** Ends the channel together with its connection. */
  connectionClosed(error: AmqpError): void {
    this.#finish({ reason: 'connection', error }, error, error);
  }

  #receiveMethod(method: Method): void {
    if (this.#assembler.isBusy && method.name !== 'channel.close') {
      throw new MalformedFrameError(REPLY_CODE.unexpectedFrame, `${method.name} in the middle of a message`);
    }
    if (carriesContent(method)) {
      this.#assembler.begin(method);
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

  #receiveContent(content: Content): void {
    const { method } = content;
    if (method.name === 'basic.deliver') {
      if (this.#state === 'open') this.consumers.deliver(method, content);
    } else if (method.name === 'basic.return') {
      this.#receiveReturn(this.consumers.returnedMessage(method, content));
    } else if (!this.#requests.answer(method, content)) {
      throw unasked(method, this.id);
    }
  }

  #receiveReturn(message: ReturnedMessage): void {
    if (this.#confirms.pairReturn(message) || !this.onReturn) return;
    try {
      this.onReturn(message);
    } catch (error) {
      this.#link.reportError(error);
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
    const isCurrentBlamed = failed === undefined || this.#requests.current?.name === failed;
    this.#finish({ reason: 'server', error: cause }, isCurrentBlamed ? cause : error, error);
  }

  #finish(closed: ChannelClosed, currentError: AmqpError, error: AmqpError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closedError = error;
    if (closed.reason !== 'connection') this.#link.release(this.id);
    this.#requests.fail(currentError, error);
    this.#confirms.fail(error);
    this.consumers.clear();
    this.#resolveClosed(closed);
  }

  #write(method: Method): void {
    const { outbox, frameMax } = this.#link;
    encodeMethod(outbox.writer, this.id, frameMax, method);
    outbox.changed();
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
