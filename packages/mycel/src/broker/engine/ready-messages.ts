import { MessageDeque } from './message-deque.ts';
import { MessageHeap } from './message-heap.ts';
import type { QueuedMessage } from './queued-message.ts';

/**
 * The messages of one priority. Those that came back stand before those that were never out, because only the first is ever
 * taken: two orders that never mix, so that requeueing costs nothing to the rest.
 */
class Lane {
  readonly fresh = new MessageDeque();
  readonly returned = new MessageHeap();

  get first(): QueuedMessage | undefined {
    return this.returned.first ?? this.fresh.first;
  }
}

/** The messages of a queue that wait for a consumer: by priority, and in the order they came, requeued ones at their old place. */
export class ReadyMessages {
  /** By priority. */
  readonly #lanes: Lane[] = [new Lane()];
  /** No lane above it has messages. */
  #top = 0;
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of their bodies, which is what `x-max-length-bytes` counts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The one that goes next. */
  get first(): QueuedMessage | undefined {
    return this.#count === 0 ? undefined : this.#topLane().first;
  }

  /** Adds a new message. Its sequence is higher than that of all before. */
  push(message: QueuedMessage): void {
    this.#laneFor(message).fresh.push(message);
  }

  /** Adds a message that was taken before. */
  putBack(message: QueuedMessage): void {
    this.#laneFor(message).returned.push(message);
  }

  /** Takes the one that goes next. */
  shift(): QueuedMessage | undefined {
    if (this.#count === 0) return undefined;
    const lane = this.#topLane();
    const first = lane.returned.shift() ?? lane.fresh.shift();
    if (first === undefined) return undefined;
    this.#count--;
    this.#bytes -= first.message.body.length;
    return first;
  }

  #laneFor({ priority, message }: QueuedMessage): Lane {
    this.#count++;
    this.#bytes += message.body.length;
    if (priority > this.#top || this.#count === 1) this.#top = priority;
    return (this.#lanes[priority] ??= new Lane());
  }

  /** The lane of the highest priority that has messages. Called when there are some. */
  #topLane(): Lane {
    for (; this.#top > 0; this.#top--) {
      const lane = this.#lanes[this.#top];
      if (lane?.first !== undefined) return lane;
    }
    return (this.#lanes[0] ??= new Lane());
  }
}
