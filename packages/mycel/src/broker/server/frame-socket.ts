import type { Socket } from 'node:net';
import { LongTimer } from '../../foundation/long-timer.ts';
import {
  type ContentMethod,
  encodeContent,
  encodeHeartbeat,
  encodeMethod,
  type FrameHandler,
  FrameParser,
  type Method,
} from '../../protocol/codec/index.ts';
import { FRAME_OVERHEAD_BYTES } from '../../protocol/codec/protocol.ts';
import { Heartbeat } from '../../protocol/socket/heartbeat.ts';
import { Outbox } from '../../protocol/socket/outbox.ts';
import type { PublishedContent } from '../engine/message.ts';
import { HaltedFrames } from './halted-frames.ts';
import type { ServerLimits } from './server-limits.ts';
import type { Debtor, UnsentBudget } from './unsent-budget.ts';

/** So many unsent bytes are nothing that needs to be counted. */
const notedBytes = 64 * 1024;
/** Above so many unsent bytes the client gets no more messages. */
const congestedBytes = 1024 * 1024;
/** Above so many nothing more is read from the client: it must fetch its answers first. */
const owingBytes = 16 * 1024 * 1024;
/** So many more are no answers but what others send it (direct replies), who cannot be kept waiting: it is dropped. */
const unaskedBytes = 32 * 1024 * 1024;
/**
 * So often something is sent to a client that is not read for want of memory, also without heartbeats: who is not read is not seen
 * to leave, and what a client that has left still holds may be the memory that is wanted.
 */
const probeMs = 5000;
/** Work on one client's frames for so long is enough: the others have their turn. */
const mostTurnMs = 10;
/** Below so many it is as if there were none. More than Node's own limit, beyond which it announces that all is sent. */
const relievedBytes = 256 * 1024;

/** No memory for messages; answers that the client must fetch first; the end of its turn. */
type HaltReason = 'memory' | 'answers' | 'turn';

/** How long a client may keep a socket waiting. */
export type SocketLimits = Pick<ServerLimits, 'unreadTimeoutMs' | 'goodbyeTimeoutMs'>;

/** Who hears what happens on a {@link FrameSocket}. */
export interface FrameSocketOwner {
  /** Takes a frame. Must not throw. */
  frame(type: number, channel: number, buffer: Buffer, start: number, end: number): void;
  /** Called at the end of a turn in which something was sent, to add what was gathered. */
  endOfTurn(): void;
  /** The client's bytes are no frames: none comes any more. */
  broken(error: unknown): void;
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
  readonly #parser: FrameParser;
  #frameMax: number;
  readonly #halted = new HaltedFrames();
  readonly #limits: SocketLimits;
  readonly #unsent: UnsentBudget;
  readonly #haltedFor = new Set<HaltReason>();
  #turnBeganAt = 0;
  #malformed: { readonly error: unknown } | undefined;
  #isDeaf = false;
  #isEnding = false;
  #isCongested = false;
  #isHeldBack = false;
  #unreadTimer: LongTimer | undefined;
  #mostUnsent = 0;
  #probe: NodeJS.Timeout | undefined;
  #heartbeat: Heartbeat | undefined;
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
    this.#parser = new FrameParser(frameMax, (type, channel, buffer, start, end) => {
      if (this.#isDeaf) return;
      if (this.#isHalted) this.#halted.add(type, channel, buffer, start, end);
      else this.frame(type, channel, buffer, start, end);
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
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
    this.#parser.frameMax = bytes + FRAME_OVERHEAD_BYTES;
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
    const heartbeat = new Heartbeat(seconds, {
      sendIfIdle: () => this.#sendHeartbeatIfIdle(),
      declareDead: () => {
        // The silence of a client that is not read says nothing.
        if (this.#isHalted) heartbeat.received();
        else this.destroy(new Error(`nothing came for ${2 * seconds} s, two heartbeat intervals`));
      },
    });
    this.#heartbeat = heartbeat;
  }

  stopHeartbeat(): void {
    this.#heartbeat?.stop();
  }

  /** Takes no frame until this reason, and any other, has gone. */
  halt(reason: HaltReason): void {
    this.#haltedFor.add(reason);
    this.#socket.pause();
    if (reason === 'memory') this.#probe ??= setInterval(() => this.#sendHeartbeatIfIdle(), probeMs).unref();
  }

  /** Takes the frames that waited, and reads on, unless there is another reason not to. */
  resume(reason: HaltReason): void {
    if (reason === 'memory') this.#stopProbing();
    if (!this.#haltedFor.delete(reason) || this.#isHalted) return;
    this.#catchUp();
  }

  /** Takes the frames that waited, whatever they waited for. */
  resumeAll(): void {
    this.#haltedFor.clear();
    this.#stopProbing();
    this.#catchUp();
  }

  /** Sends what is left and ends the socket. Waits for the client to do so too, but not for long. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#isDeaf = true;
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
    this.#isDeaf = true;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#isDeaf) return;
    this.#heartbeat?.received();
    this.#turnBeganAt = performance.now();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      // The place of the next frame is unknown. Those before it are taken first, in their time.
      this.#malformed = { error };
      if (!this.#isHalted) this.#break();
    }
  }

  #break(): void {
    this.#isDeaf = true;
    this.#owner.broken(this.#malformed?.error);
  }

  get #isHalted(): boolean {
    return this.#haltedFor.size > 0;
  }

  /** Hands on a frame. A few bytes may cost much: a message for a thousand queues. Frames behind it wait for the next turn then. */
  readonly frame: FrameHandler = (...frame) => {
    this.#owner.frame(...frame);
    if (performance.now() - this.#turnBeganAt < mostTurnMs || this.#haltedFor.has('turn')) return;
    this.halt('turn');
    setImmediate(() => this.resume('turn'));
  };

  #catchUp(): void {
    this.#turnBeganAt = performance.now();
    while (!this.#isHalted && !this.#isDeaf && this.#halted.takeFirst(this)) continue;
    if (this.#isHalted) return;
    if (this.#malformed && !this.#isDeaf) this.#break();
    else this.#socket.resume();
  }

  #stopProbing(): void {
    clearInterval(this.#probe);
    this.#probe = undefined;
  }

  #sendHeartbeatIfIdle(): void {
    // A socket that is stuck would only pile them up.
    if (this.#outbox.takeActivity() || this.#socket.writableNeedDrain) return;
    encodeHeartbeat(this.#outbox.writer);
    this.#outbox.flush();
    this.#outbox.takeActivity();
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
    if (unsent <= (this.#isHeldBack ? congestedBytes : owingBytes) || this.#isDeaf) return;
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
    this.#isDeaf = true;
    this.stopHeartbeat();
    this.#unreadTimer?.cancel();
    this.#stopProbing();
    this.#halted.clear();
    this.#unsent.remove(this);
    this.#owner.gone(this.#error);
  }
}
