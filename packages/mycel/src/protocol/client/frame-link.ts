import type { Socket } from 'node:net';
import { messageOf } from '../../foundation/errors.ts';
import { AmqpError, MalformedFrameError } from '../codec/amqp-error.ts';
import { encodeContent, encodeHeartbeat, encodeMethod } from '../codec/frame-encoder.ts';
import { FrameParser } from '../codec/frame-parser.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicPublish } from '../codec/methods/basic.ts';
import type { Method } from '../codec/methods/method.ts';
import { PROTOCOL_HEADER } from '../codec/protocol.ts';
import { Heartbeat } from '../socket/heartbeat.ts';
import { Outbox } from '../socket/outbox.ts';
import { ConnectionLostError, HeartbeatError, ProtocolMismatchError } from './errors.ts';
import { IncomingFrames } from './incoming-frames.ts';
import type { Link, LinkOwner } from './link.ts';

/** How long a socket that is being ended may take to send what is left. */
const LINGER_MS = 2_000;

/**
 * A socket seen as a link: methods and messages are frames in both directions. Reading ends with the first frame that is
 * broken.
 */
export class FrameLink implements Link {
  readonly #outbox: Outbox;
  readonly #socket: Socket;
  readonly #parser: FrameParser;
  readonly #incoming = new IncomingFrames();
  #owner: LinkOwner;
  #heartbeat: Heartbeat | undefined;
  #frameMax: number;
  #sawFrame = false;
  #isReading = true;
  #isEnding = false;
  #socketError: Error | undefined;

  constructor(socket: Socket, frameMax: number, owner: LinkOwner) {
    this.#outbox = new Outbox(socket);
    this.#socket = socket;
    this.#owner = owner;
    this.#frameMax = frameMax;
    this.#parser = new FrameParser(frameMax, (type, channel, buffer, start, end) => {
      this.#sawFrame = true;
      if (this.#isReading) this.#incoming.take(this.#owner, type, channel, buffer, start, end);
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => {
      this.#socketError = error;
    });
    socket.on('close', () => this.#owner.onGone(lostError(this.#socketError)));
  }

  attach(owner: LinkOwner): void {
    this.#owner = owner;
  }

  /** Sets the limit that was agreed. */
  set frameMax(bytes: number) {
    this.#frameMax = bytes;
    this.#parser.frameMax = bytes;
  }

  get writableLength(): number {
    return this.#outbox.writableLength;
  }

  /** Greets the peer. */
  sendProtocolHeader(): void {
    this.#socket.write(PROTOCOL_HEADER);
  }

  /** Keeps the connection alive from now on, and watches whether the peer is. */
  startHeartbeat(seconds: number): void {
    const problem = `nothing came for ${2 * seconds} s, two heartbeat intervals: the broker is frozen or cut off`;
    const declareDead = (): void =>
      this.#owner.onGone(new HeartbeatError(`The connection to the broker is dead: ${problem}`));
    this.#heartbeat = new Heartbeat(seconds, { sendIfIdle: () => this.#sendHeartbeatIfIdle(), declareDead });
  }

  send(channel: number, method: Method): void {
    encodeMethod(this.#outbox.writer, channel, this.#frameMax, method);
    this.#outbox.changed();
  }

  publish(channel: number, method: BasicPublish, properties: MessageProperties, body: Uint8Array): void {
    encodeContent(this.#outbox.writer, channel, this.#frameMax, method, properties, body);
    this.#outbox.changed();
  }

  drained(): Promise<void> {
    this.#outbox.flush();
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#stop();
    this.#outbox.flush();
    this.#socket.destroySoon();
    // A peer that reads nothing would keep the socket open for ever.
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  destroy(): void {
    this.#stop();
    if (!this.#isEnding) this.#socket.destroy();
  }

  #stop(): void {
    this.#isReading = false;
    this.#heartbeat?.stop();
  }

  /** Sends a heartbeat unless something was sent since this was last called. */
  #sendHeartbeatIfIdle(): void {
    // A socket that is stuck would only pile them up.
    if (this.#outbox.takeActivity() || this.#socket.writableNeedDrain) return;
    encodeHeartbeat(this.#outbox.writer);
    this.#outbox.flush();
    this.#outbox.takeActivity();
  }

  #read(chunk: Buffer): void {
    if (!this.#isReading) return;
    this.#heartbeat?.received();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.#isReading = false;
      this.#owner.onBroken(this.#sawFrame ? asAmqpError(error) : mismatch(chunk, error));
    }
  }
}

function asAmqpError(error: unknown): AmqpError {
  if (error instanceof AmqpError) return error;
  return new ConnectionLostError(`Reading from the broker failed: ${messageOf(error)}`, { cause: error });
}

/** What came instead of a first frame says who is there. */
function mismatch(chunk: Buffer, error: unknown): AmqpError {
  if (!(error instanceof MalformedFrameError)) return asAmqpError(error);
  if (chunk.length >= 8 && chunk.toString('latin1', 0, 4) === 'AMQP') {
    const version = [...chunk.subarray(4, 8)].join('-');
    return new ProtocolMismatchError(`The broker does not speak AMQP 0-9-1: it offers AMQP ${version}`, {
      cause: error,
    });
  }
  const isTlsAlert = chunk[0] === 0x15 && chunk[1] === 0x03;
  const seen = isTlsAlert ? 'a TLS alert' : JSON.stringify(chunk.toString('latin1', 0, 40));
  const advice = isTlsAlert ? 'Set `tls` to connect there.' : 'Check host and port.';
  return new ProtocolMismatchError(`The peer is no AMQP broker: it sent ${seen}. ${advice}`, { cause: error });
}

function lostError(cause: Error | undefined): ConnectionLostError {
  const reason = cause ? messageOf(cause) : 'the peer closed the socket';
  return new ConnectionLostError(`The connection to the broker was lost: ${reason}`, cause ? { cause } : {});
}
