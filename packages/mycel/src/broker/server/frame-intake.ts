import type { Socket } from 'node:net';
import { type FrameHandler, FrameParser } from '../../protocol/codec/index.ts';
import { type FrameTaker, HaltedFrames } from './halted-frames.ts';

/** Work on one client's frames for so long is enough: the others have their turn. */
const mostTurnMs = 10;

/** No memory for messages; answers that the client must fetch first; the end of its turn. */
export type HaltReason = 'memory' | 'answers' | 'turn';

/** Who takes what a client sends. */
export interface FrameIntakeOwner {
  /** Takes a frame. Must not throw. */
  frame(type: number, channel: number, buffer: Buffer, start: number, end: number): void;
  /** The client's bytes are no frames: none comes any more. */
  broken(error: unknown): void;
}

/**
 * The frames that come from a client, in order.
 *
 * It hands them on until it is *halted* (for one reason or more: frames then wait, and the network) or *deaf*, for good: what
 * comes, and what waited, is thrown away.
 */
export class FrameIntake implements FrameTaker {
  readonly #socket: Socket;
  readonly #owner: FrameIntakeOwner;
  readonly #parser: FrameParser;
  readonly #halted = new HaltedFrames();
  readonly #haltedFor = new Set<HaltReason>();
  #turnBeganAt = 0;
  #malformed: { readonly error: unknown } | undefined;
  #isDeaf = false;

  constructor(socket: Socket, frameMax: number, owner: FrameIntakeOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#parser = new FrameParser(frameMax, (type, channel, buffer, start, end) => {
      if (this.#isDeaf) return;
      if (this.isHalted) this.#halted.add(type, channel, buffer, start, end);
      else this.frame(type, channel, buffer, start, end);
    });
  }

  set frameMax(bytes: number) {
    this.#parser.frameMax = bytes;
  }

  get isHalted(): boolean {
    return this.#haltedFor.size > 0;
  }

  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  /** Takes the client's next bytes. */
  take(chunk: Buffer): void {
    this.#turnBeganAt = performance.now();
    try {
      this.#parser.push(chunk);
    } catch (error) {
      // The place of the next frame is unknown. Those before it are taken first, in their time.
      this.#malformed = { error };
      if (!this.isHalted) this.#break();
    }
  }

  /** Hands on no frame until this reason, and any other, has gone. */
  halt(reason: HaltReason): void {
    this.#haltedFor.add(reason);
    this.#socket.pause();
  }

  /** Hands on the frames that waited, and reads on, unless there is another reason not to. */
  resume(reason: HaltReason): void {
    if (!this.#haltedFor.delete(reason) || this.isHalted) return;
    this.#catchUp();
  }

  /** Hands on the frames that waited, whatever they waited for. */
  resumeAll(): void {
    this.#haltedFor.clear();
    this.#catchUp();
  }

  deafen(): void {
    this.#isDeaf = true;
    this.#halted.clear();
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
    while (!this.isHalted && !this.#isDeaf && this.#halted.takeFirst(this)) continue;
    if (this.isHalted) return;
    if (this.#malformed && !this.#isDeaf) this.#break();
    else this.#socket.resume();
  }

  #break(): void {
    this.#isDeaf = true;
    this.#owner.broken(this.#malformed?.error);
  }
}
