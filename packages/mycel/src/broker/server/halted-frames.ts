import type { FrameHandler } from '../../protocol/codec/index.ts';

/** Who takes frames that have waited. */
export interface FrameTaker {
  readonly frame: FrameHandler;
}

type Frame = Parameters<FrameHandler>;

/** The frames of a chunk that was half read when its connection was halted: no more than a socket reads at once. */
export class HaltedFrames {
  #frames: Frame[] = [];
  #next = 0;

  add(...frame: Frame): void {
    this.#frames.push(frame);
  }

  /** Hands on the frame that came first. Returns false when there is none. */
  takeFirst(taker: FrameTaker): boolean {
    const frame = this.#frames[this.#next];
    if (!frame) {
      this.clear();
      return false;
    }
    this.#next += 1;
    taker.frame(...frame);
    return true;
  }

  clear(): void {
    this.#frames = [];
    this.#next = 0;
  }
}
