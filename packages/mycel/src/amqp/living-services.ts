import { doubtMs } from './exchange-watch.ts';

/**
 * The services that this process has had an answer from. When the queue of one is missing, it may only not be bound again yet, to an
 * exchange that was deleted and restored; this process need not have heard of that.
 */
export class LivingServices {
  /** Those that have answered since their queue was last known to be missing. */
  readonly #answering = new Set<string>();
  /** When the queue of one that had answered was found missing. */
  readonly #goneAt = new Map<string, number>();

  noteAnswer(service: string): void {
    this.#answering.add(service);
  }

  /** Its queue was found missing. Tells whether it may be there in a moment. */
  mayLive(service: string): boolean {
    if (this.#answering.delete(service)) this.#goneAt.set(service, performance.now());
    const goneAt = this.#goneAt.get(service);
    if (goneAt !== undefined && performance.now() - goneAt < doubtMs) return true;
    this.#goneAt.delete(service);
    return false;
  }
}
