import type { Socket } from 'node:net';
import { messageOf } from '../../foundation/errors.ts';
import { AmqpError, MalformedFrameError } from '../codec/amqp-error.ts';
import { encodeHeartbeat, encodeMethod } from '../codec/frame-encoder.ts';
import { type FrameHandler, FrameParser } from '../codec/frame-parser.ts';
import type { Method } from '../codec/methods/method.ts';
import { PROTOCOL_HEADER } from '../codec/protocol.ts';
import { ConnectionLostError, ProtocolMismatchError } from './errors.ts';
import { Outbox } from '../socket/outbox.ts';

/** How long a socket that is being ended may take to send what is left. */
const LINGER_MS = 2_000;

/** Who hears what comes over a {@link FrameLink}. */
export interface FrameLinkOwner {
  /** Takes a frame. What it throws is handed to `onBroken`. */
  readonly onFrame: FrameHandler;
  /** Bytes came, whatever they are. */
  readonly onActivity: () => void;
  /** The peer broke the protocol: the stream of frames is of no use any more, the socket still open. */
  readonly onBroken: (error: AmqpError) => void;
  /** The socket is gone. */
  readonly onGone: (error: AmqpError) => void;
}

/**
 * A socket seen as a stream of frames in both directions. Reading ends with the first frame that is broken. It ends once,
 * with `onGone`, however it ends.
 */
export class FrameLink {
  readonly outbox: Outbox;
  readonly #socket: Socket;
  readonly #parser: FrameParser;
  readonly #owner: FrameLinkOwner;
  #sawFrame = false;
  #isReading = true;
  #isEnding = false;
  #socketError: Error | undefined;

  constructor(socket: Socket, frameMax: number, owner: FrameLinkOwner) {
    this.outbox = new Outbox(socket);
    this.#socket = socket;
    this.#owner = owner;
    this.#parser = new FrameParser(frameMax, (type, channel, buffer, start, end) => {
      this.#sawFrame = true;
      if (this.#isReading) owner.onFrame(type, channel, buffer, start, end);
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => {
      this.#socketError = error;
    });
    socket.on('close', () => owner.onGone(lostError(this.#socketError)));
  }

  get frameMax(): number {
    return this.#parser.frameMax;
  }

  /** Sets the limit that was agreed. */
  set frameMax(bytes: number) {
    this.#parser.frameMax = bytes;
  }

  /** Greets the peer. */
  sendProtocolHeader(): void {
    this.#socket.write(PROTOCOL_HEADER);
  }

  /** Sends a method of the connection itself, on channel 0. */
  send(method: Method): void {
    encodeMethod(this.outbox.writer, 0, this.frameMax, method);
    this.outbox.changed();
  }

  /** Sends a heartbeat unless something was sent since this was last called. */
  sendHeartbeatIfIdle(): void {
    // A socket that is stuck would only pile them up.
    if (this.outbox.takeActivity() || this.#socket.writableNeedDrain) return;
    encodeHeartbeat(this.outbox.writer);
    this.outbox.flush();
    this.outbox.takeActivity();
  }

  /** Resolves when the socket takes more without buffering it, or is gone. */
  drained(): Promise<void> {
    this.outbox.flush();
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

  /** Sends what is left, then ends the socket. Frames that still come are not read. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#isReading = false;
    this.outbox.flush();
    this.#socket.destroySoon();
    // A peer that reads nothing would keep the socket open for ever.
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  /** Ends the socket at once, unless it is ending already. */
  destroy(): void {
    this.#isReading = false;
    if (!this.#isEnding) this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (!this.#isReading) return;
    this.#owner.onActivity();
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
