import type { FrameSocket } from './frame-socket.ts';

/**
 * Keeps a client from publishing while the broker takes no messages, as RabbitMQ does: who publishes then is told so, if it
 * understands, and not read any more until memory is free; who only consumes is not bothered.
 */
export class PublisherGate {
  readonly #socket: FrameSocket;
  readonly #wantsNotice: boolean;
  #reason: string | undefined;
  #isShut = false;

  constructor(socket: FrameSocket, wantsNotice: boolean) {
    this.#socket = socket;
    this.#wantsNotice = wantsNotice;
  }

  /** The broker takes no messages for now. */
  blocked(reason: string): void {
    this.#reason = reason;
  }

  /** It takes messages again. */
  unblocked(): void {
    this.#reason = undefined;
    if (!this.#isShut) return;
    this.#isShut = false;
    if (this.#wantsNotice) this.#socket.send(0, { name: 'connection.unblocked' });
    // The caller is the engine, in the middle of its work: what waited is taken in a turn of its own.
    setImmediate(() => this.#socket.resume('memory'));
  }

  /**
   * The client begins to publish, or has published. From the first on everything waits, so that nothing more of a message is
   * taken; after the last it may be its own message that was too much.
   */
  publishing(): void {
    if (this.#reason === undefined || this.#isShut) return;
    this.#isShut = true;
    if (this.#wantsNotice) this.#socket.send(0, { name: 'connection.blocked', reason: this.#reason });
    this.#socket.halt('memory');
  }
}
