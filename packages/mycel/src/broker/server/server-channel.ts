import { type ContentMethod, decodeMethod, METHOD_IDS, type Method, protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { ChannelPeer } from '../engine/channel-peer.ts';
import { closeArguments } from '../engine/close-arguments.ts';
import type { EngineChannel } from '../engine/engine-channel.ts';
import type { EngineConnection } from '../engine/engine-connection.ts';
import type { Message } from '../engine/message.ts';
import { ConfirmGatherer } from './confirm-gatherer.ts';
import { ContentIntake, type Published } from './content-intake.ts';
import type { FrameSocket } from './frame-socket.ts';
import type { PartialShare } from './partial-budget.ts';
import { asFault } from './as-fault.ts';

const { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, REPLY_CODE, SHORT_STRING_MAX_BYTES } = protocol;

/** A character takes three bytes of UTF-8 at most for each of its places in a string. */
const surelyShort = SHORT_STRING_MAX_BYTES / 3;

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly socket: FrameSocket;
  readonly engine: EngineConnection;
  readonly messageBytes: number;
  readonly partials: PartialShare;
  /** The client begins to publish a message, or has published one. */
  publishing(): void;
  /** Confirms were gathered: `flushConfirms` is due at the end of the turn. */
  gathered(channel: ServerChannel): void;
  /** The channel is closed on both sides, and its number free. */
  release(id: number): void;
}

/**
 * The server's end of one channel: what its frames mean.
 *
 * `open`; `closing`: `channel.close` was sent, and everything but the client's answer is ignored; `closed`. A fault of the
 * client that ends the channel only is dealt with here; any other is thrown to the connection.
 */
export class ServerChannel implements ChannelPeer {
  readonly id: number;
  readonly #host: ChannelHost;
  readonly #engine: EngineChannel;
  readonly #intake: ContentIntake;
  readonly #confirms: ConfirmGatherer;
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** The method that is acted on, to be blamed for what goes wrong. */
  #current: Method['name'] | undefined;

  /** Opens the channel in the engine. */
  constructor(id: number, host: ChannelHost) {
    this.id = id;
    this.#host = host;
    this.#intake = new ContentIntake(host.messageBytes, host.partials);
    this.#confirms = new ConfirmGatherer((method) => host.socket.send(id, method));
    this.#engine = host.engine.openChannel(id, this);
  }

  /** Takes a frame of this channel. Throws what ends the connection. */
  receive(type: number, buffer: Buffer, start: number, end: number): void {
    if (this.#state === 'closing') {
      if (type === FRAME_METHOD) this.#receiveAnswer(decodeMethod(buffer, start, end));
      return;
    }
    this.#current = undefined;
    try {
      if (type === FRAME_METHOD) this.#receiveMethod(decodeMethod(buffer, start, end));
      else if (type === FRAME_HEADER) this.#publish(this.#intake.header(buffer, start, end));
      else if (type === FRAME_BODY) this.#publish(this.#intake.body(buffer.subarray(start, end)));
    } catch (error) {
      this.#fail(error);
    }
  }

  send(method: Method): void {
    if (this.#state !== 'open') return;
    if (method.name === 'basic.ack' || method.name === 'basic.nack') {
      if (this.#confirms.take(method)) this.#host.gathered(this);
      return;
    }
    this.#confirms.flush();
    this.#host.socket.send(this.id, method);
  }

  sendMessage(method: ContentMethod, message: Message): void {
    if (this.#state !== 'open') return;
    // The confirm of a returned message comes after it, and must not seem to be one of those before.
    if (method.name === 'basic.return') this.#confirms.flush();
    this.#host.socket.sendContent(this.id, method, message);
  }

  /** Writes the confirms that were gathered. */
  flushConfirms(): void {
    if (this.#state === 'open') this.#confirms.flush();
  }

  /** The connection has ended, and the engine knows. */
  connectionClosed(): void {
    this.#state = 'closed';
    this.#intake.abandon();
  }

  #receiveMethod(method: Method): void {
    this.#intake.expectMethod();
    this.#current = method.name;
    switch (method.name) {
      case 'basic.publish':
        expectShort(method.exchange, 'the exchange');
        expectShort(method.routingKey, 'the routing key');
        this.#intake.begin(method);
        this.#host.publishing();
        return;
      case 'channel.close':
        this.#engine.close();
        this.#confirms.flush();
        this.#leave('closed');
        this.#host.socket.send(this.id, { name: 'channel.close-ok' });
        this.#host.release(this.id);
        return;
      case 'channel.open':
        throw new AmqpFault(REPLY_CODE.channelError, "CHANNEL_ERROR - second 'channel.open' seen");
      default:
        if (!requests.has(method.name)) {
          throw new AmqpFault(REPLY_CODE.commandInvalid, 'COMMAND_INVALID - unimplemented method');
        }
        this.#engine.handle(method);
    }
  }

  #publish(content: Published | undefined): void {
    if (!content) return;
    this.#current = 'basic.publish';
    this.#engine.publish(content.method, content);
    this.#host.publishing();
  }

  /** Both sides may have asked to close at once; then ours is still to be answered. */
  #receiveAnswer(method: Method): void {
    if (method.name === 'channel.close') this.#host.socket.send(this.id, { name: 'channel.close-ok' });
    if (method.name !== 'channel.close-ok') return;
    this.#state = 'closed';
    this.#host.release(this.id);
  }

  #fail(error: unknown): void {
    const fault = asFault(error);
    if (!fault) throw error;
    const blamed = fault.method ?? this.#current;
    if (fault.scope === 'connection') throw new AmqpFault(fault.replyCode, fault.replyText, blamed);
    this.#engine.close();
    this.#confirms.flush();
    this.#leave('closing');
    this.#host.socket.send(this.id, { name: 'channel.close', ...closeArguments(fault, blamed) });
  }

  #leave(state: 'closing' | 'closed'): void {
    this.#state = state;
    this.#intake.abandon();
  }
}

/** What was no UTF-8 became longer when it was read, and could not be delivered to anybody. */
function expectShort(name: string, what: string): void {
  if (name.length <= surelyShort || Buffer.byteLength(name) <= SHORT_STRING_MAX_BYTES) return;
  throw new AmqpFault(REPLY_CODE.frameError, `FRAME_ERROR - ${what} is no UTF-8`);
}

/** What a client may say on a channel, and the engine acts on. */
const requests: ReadonlySet<string> = new Set(
  Object.keys(METHOD_IDS).filter(
    (name) =>
      !name.startsWith('connection.') &&
      (!name.endsWith('-ok') || name === 'channel.flow-ok') &&
      name !== 'basic.deliver' &&
      name !== 'basic.return' &&
      name !== 'basic.get-empty',
  ),
);
