import type { Socket } from 'node:net';
import { LongTimer } from '../../foundation/long-timer.ts';
import { type ContentMethod, encodeContent, encodeMethod, type Method } from '../../protocol/codec/index.ts';
import { FRAME_OVERHEAD_BYTES } from '../../protocol/codec/protocol.ts';
import { Outbox } from '../../protocol/socket/outbox.ts';
import type { PublishedContent } from '../engine/message.ts';
import { FrameIntake, type FrameIntakeOwner, type HaltReason } from './frame-intake.ts';
import type { ServerLimits } from './server-limits.ts';
import { SignsOfLife } from './signs-of-life.ts';
import type { Debtor, UnsentBudget } from './unsent-budget.ts';

/** So many unsent bytes are nothing that needs to be counted. */
const notedBytes = 64 * 1024;
/** Above so many unsent bytes the client gets no more messages. */
const congestedBytes = 1024 * 1024;
/** Above so many nothing more is read from the client: it must fetch its answers first. */
const owingBytes = 16 * 1024 * 1024;
/** So many more are no answers but what others send it (direct replies), who cannot be kept waiting: it is dropped. */
const unaskedBytes = 32 * 1024 * 1024;
/** Below so many it is as if there were none. More than Node's own limit, beyond which it announces that all is sent. */
const relievedBytes = 256 * 1024;

/** How long a client may keep a socket waiting. */
export type SocketLimits = Pick<ServerLimits, 'unreadTimeoutMs' | 'goodbyeTimeoutMs'>;

/** Who hears what happens on a {@link FrameSocket}. */
export interface FrameSocketOwner extends FrameIntakeOwner {
  /** Called at the end of a turn in which something was sent, to add what was gathered. */
  endOfTurn(): void;
  /** Something does not fit the frames of this client. Called in a turn of its own. */
  unsendable(error: unknown): void;
  /** The client is slower than its messages. Called while something is sent. */
  congested(): void;
  relieved(): void;
  /** The socket is gone. */
  gone(error: Error | undefined): void;
}

/**
 * A client's socket, seen as frames in both directions.
 *
 * It reads until it is *halted* (for one reason or more: frames then wait, and the network), *deaf* (what comes is
 * thrown away: it is ending) or gone. It never buffers without limit what a client does not read: see
 * `congested`; and where that does not help, it is halted, and dropped when that lasts.
 */
export class FrameSocket implements Debtor {
  readonly #socket: Socket;
  readonly #owner: FrameSocketOwner;
  readonly #outbox: Outbox;
  readonly #intake: FrameIntake;
  readonly #signs: SignsOfLife;
  #frameMax: number;
  readonly #limits: SocketLimits;
  readonly #unsent: UnsentBudget;
  #isEnding = false;
  #isCongested = false;
  #isHeldBack = false;
  #unreadTimer: LongTimer | undefined;
  #mostUnsent = 0;
  #error: Error | undefined;

  constructor(socket: Socket, frameMax: number, limits: SocketLimits, unsent: UnsentBudget, owner: FrameSocketOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#frameMax = frameMax;
    this.#limits = limits;
    this.#unsent = unsent;
    this.#isHeldBack = unsent.isShort;
    unsent.add(this);
    this.#outbox = new Outbox(socket, () => owner.endOfTurn());
    this.#intake = new FrameIntake(socket, frameMax, owner);
    this.#signs = new SignsOfLife(socket, this.#outbox);
    socket.on('data', (chunk: Buffer) => {
      if (this.#intake.isDeaf) return;
      this.#signs.received();
      this.#intake.take(chunk);
    });
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#gone());
  }

  get frameMax(): number {
    return this.#frameMax;
  }

  /**
   * Sets the limit that was agreed, for both directions. As RabbitMQ does, it takes a frame whose payload alone is that large:
   * some clients do not count its head and end (rabbitmq-client).
   */
  set frameMax(bytes: number) {
    this.#frameMax = bytes;
    this.#intake.frameMax = bytes + FRAME_OVERHEAD_BYTES;
  }

  send(channel: number, method: Method): void {
    try {
      encodeMethod(this.#outbox.writer, channel, this.#frameMax, method);
    } catch (error) {
      this.#unsendable(error);
    }
    this.#written();
  }

  /** Sends a method with its content, properties byte for byte. */
  sendContent(channel: number, method: ContentMethod, { rawProperties, body }: PublishedContent): void {
    try {
      encodeContent(this.#outbox.writer, channel, this.#frameMax, method, rawProperties, body);
    } catch (error) {
      this.#unsendable(error);
    }
    this.#written();
  }

  /** Has `endOfTurn` called although nothing was sent yet. */
  schedule(): void {
    this.#outbox.changed();
  }

  /** Sends heartbeats, and drops a client that is silent for two intervals. */
  startHeartbeat(seconds: number): void {
    this.#signs.expect(seconds, () => {
      // The silence of a client that is not read says nothing.
      if (this.#intake.isHalted) this.#signs.received();
      else this.destroy(new Error(`nothing came for ${2 * seconds} s, two heartbeat intervals`));
    });
  }

  stopHeartbeat(): void {
    this.#signs.expectNone();
  }

  /** Takes no frame until this reason, and any other, has gone. */
  halt(reason: HaltReason): void {
    this.#intake.halt(reason);
    if (reason === 'memory') this.#signs.probe();
  }

  /** Takes the frames that waited, and reads on, unless there is another reason not to. */
  resume(reason: HaltReason): void {
    if (reason === 'memory') this.#signs.stopProbing();
    this.#intake.resume(reason);
  }

  /** Takes the frames that waited, whatever they waited for. */
  resumeAll(): void {
    this.#signs.stopProbing();
    this.#intake.resumeAll();
  }

  /** Sends what is left and ends the socket. Waits for the client to do so too, but not for long. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#intake.deafen();
    this.#outbox.flush();
    this.#socket.end();
    // The client's bytes are thrown away, but read: else the system would throw away ours.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), this.#limits.goodbyeTimeoutMs).unref();
  }

  /** Whether the client gets no messages because too much waits for others. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  holdBack(): void {
    this.#isHeldBack = true;
    this.#owner.congested();
  }

  letGo(): void {
    this.#isHeldBack = false;
    if (!this.#isCongested) this.#owner.relieved();
  }

  drop(reason: Error): void {
    this.destroy(reason);
  }

  /** Drops the socket. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#intake.deafen();
    this.#socket.destroy();
  }

  /** The caller may be the engine in the middle of another client's work, which must not hear of it. */
  #unsendable(error: unknown): void {
    queueMicrotask(() => this.#owner.unsendable(error));
  }

  #written(): void {
    this.#outbox.changed();
    const unsent = this.#outbox.writableLength;
    if (unsent <= notedBytes) return;
    this.#unsent.update(this, unsent);
    if (unsent <= congestedBytes) return;
    if (!this.#isCongested) {
      this.#isCongested = true;
      if (!this.#isHeldBack) this.#owner.congested();
    }
    if (unsent <= (this.#isHeldBack ? congestedBytes : owingBytes) || this.#intake.isDeaf) return;
    if (this.#unreadTimer) {
      if (unsent > this.#mostUnsent) this.destroy(new Error(`it left ${unsent} bytes unread, and more came`));
      return;
    }
    this.#mostUnsent = unsent + unaskedBytes;
    this.halt('answers');
    const { unreadTimeoutMs } = this.#limits;
    this.#unreadTimer = new LongTimer(unreadTimeoutMs, () => {
      this.destroy(new Error(`it left ${owingBytes} bytes unread for ${unreadTimeoutMs} ms`));
    }).unref();
  }

  #drained(): void {
    this.#outbox.flush();
    this.#unsent.update(this, this.#socket.writableLength);
    // What was flushed just now is announced again.
    if (this.#socket.writableLength > relievedBytes || !this.#isCongested) return;
    this.#isCongested = false;
    this.#unreadTimer?.cancel();
    this.#unreadTimer = undefined;
    this.resume('answers');
    if (!this.#isHeldBack) this.#owner.relieved();
  }

  #gone(): void {
    this.#intake.deafen();
    this.stopHeartbeat();
    this.#unreadTimer?.cancel();
    this.#signs.stopProbing();
    this.#unsent.remove(this);
    this.#owner.gone(this.#error);
  }
}
