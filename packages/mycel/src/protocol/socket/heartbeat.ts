/** What a {@link Heartbeat} does to its connection. */
export interface HeartbeatPeer {
  /** Sends a heartbeat frame unless something else was sent since the last beat. */
  sendIfIdle(): void;
  /** The peer was silent for two intervals. */
  declareDead(): void;
}

/** A beat is skipped after something else was sent, so what the peer may wait for is two beats long: half of its interval. */
const BEATS_PER_INTERVAL = 4;
const SILENT_BEATS = 2 * BEATS_PER_INTERVAL;

/**
 * Keeps a connection alive and notices when its peer is not.
 *
 * It sends something twice in an interval: there are clients that give up after one interval of silence to the millisecond
 * (@cloudamqp/amqp-client). And it counts the beats without a byte received. Counting instead of comparing clocks has a reason: after the event loop was held up for long, only one beat is
 * missed, and what the peer sent meanwhile is read before the next.
 */
export class Heartbeat {
  readonly #peer: HeartbeatPeer;
  readonly #timer: NodeJS.Timeout;
  #silentBeats = 0;

  constructor(intervalSeconds: number, peer: HeartbeatPeer) {
    this.#peer = peer;
    this.#timer = setInterval(this.#beat, (intervalSeconds * 1000) / BEATS_PER_INTERVAL);
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
