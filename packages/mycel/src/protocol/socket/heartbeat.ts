/** What a {@link Heartbeat} does to its connection. */
export interface HeartbeatPeer {
  /** Sends a heartbeat frame unless something else was sent since the last beat. */
  sendIfIdle(): void;
  /** The peer was silent for two intervals. */
  declareDead(): void;
}

/** Two intervals of silence, counted in beats of half an interval. */
const SILENT_BEATS = 4;

/**
 * Keeps a connection alive and notices when its peer is not.
 *
 * It beats twice in an interval, so the peer never waits longer than the interval, and counts the beats without a byte
 * received. Counting instead of comparing clocks has a reason: after the event loop was held up for long, only one beat is
 * missed, and what the peer sent meanwhile is read before the next.
 */
export class Heartbeat {
  readonly #peer: HeartbeatPeer;
  readonly #timer: NodeJS.Timeout;
  #silentBeats = 0;

  constructor(intervalSeconds: number, peer: HeartbeatPeer) {
    this.#peer = peer;
    this.#timer = setInterval(this.#beat, intervalSeconds * 500);
  }

  /** Notes that the peer sent something, whatever it was. */
  received(): void {
    this.#silentBeats = 0;
  }

  /** Ends the beating. */
  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #beat = (): void => {
    this.#silentBeats += 1;
    if (this.#silentBeats > SILENT_BEATS) this.#peer.declareDead();
    else this.#peer.sendIfIdle();
  };
}
