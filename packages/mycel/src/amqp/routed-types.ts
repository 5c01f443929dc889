import { doubtMs } from './exchange-watch.ts';

/** So many types of one source are known: enough for types that are declared, and a bound where each names an order or a user. */
const mostTypes = 1000;

/** Where events of one type went last. */
interface Routing {
  /** When one came back for the first time since one was routed, by the clock of `performance.now()`. */
  returnedAt: number | undefined;
}

/** The types of events that had a queue when they were published last. */
export class RoutedTypes {
  readonly #bySource = new Map<string, Map<string, Routing>>();
  readonly #onReturned: (source: string) => void;

  /** `onReturned` is told of the first event that comes back after one of its type was routed. */
  constructor(onReturned: (source: string) => void) {
    this.#onReturned = onReturned;
  }

  /** An event was routed. */
  note(source: string, type: string): void {
    let types = this.#bySource.get(source);
    if (!types) this.#bySource.set(source, (types = new Map()));
    const routing = types.get(type);
    if (routing) return void (routing.returnedAt = undefined);
    types.set(type, { returnedAt: undefined });
    if (types.size <= mostTypes) return;
    for (const oldest of types.keys()) return void types.delete(oldest);
  }

  /**
   * An event came back: tells whether its queue was there so short a time ago that it may be back. Of a type that never had one here
   * nothing is known; it is doubted while other types of its source are, since they have lost their exchange together.
   */
  isDoubtful(source: string, type: string): boolean {
    const types = this.#bySource.get(source);
    if (!types) return false;
    const now = performance.now();
    const routing = types.get(type);
    if (!routing) return [...types.values()].some(({ returnedAt = -Infinity }) => now - returnedAt < doubtMs);
    if (routing.returnedAt === undefined) {
      routing.returnedAt = now;
      this.#onReturned(source);
    }
    if (now - routing.returnedAt < doubtMs) return true;
    types.delete(type);
    return false;
  }
}
