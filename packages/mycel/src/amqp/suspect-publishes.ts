import type { AmqpServerError } from '../protocol/client/index.ts';
import { refusalIn } from './broker-refusal.ts';
import type { Publication } from './publication.ts';

/**
 * The events that were under way on a channel when the broker closed it for one of them: a message larger than it takes, an exchange that
 * the user may not write to. It does not say which, nor what became of the others: as long as there are any, one event at a time may be on
 * the wire, so that the next refusal has but one cause.
 */
export class SuspectPublishes {
  readonly #members = new Set<Publication>();
  /** What the last group of them met with. */
  #shared: AmqpServerError | undefined;

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Notes that one of so many on the wire ended with that error. Tells whether it is to be sent again, alone. */
  suspects(publication: Publication, error: unknown, onWire: number): boolean {
    const refusal = refusalIn(error);
    if (!refusal) return false;
    if (onWire > 1) this.#shared = refusal;
    if (refusal !== this.#shared) return false;
    this.#members.add(publication);
    return true;
  }

  /** It is taken, given up, or on its way again. */
  release(publication: Publication): void {
    this.#members.delete(publication);
  }
}
