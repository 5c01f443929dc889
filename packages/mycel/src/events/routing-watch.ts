import type { Logger } from '../foundation/logger.ts';
import type { PublishResult } from '../transport/event-transport.ts';
import { EventNotRoutedError } from './event-errors.ts';

/** Types whose warning is remembered: a sender that makes types of ids has any number of them. */
const mostTypes = 1000;

/** How a {@link RoutingWatch} tells of events that nobody handles. */
export interface RoutingWatchOptions {
  readonly logger: Logger;
  /** Rejects the dispatch instead of logging it. */
  readonly isStrict: boolean;
}

/** Tells of events that no queue took: in the log, once for each type, or to whoever dispatched them. */
export class RoutingWatch {
  readonly #options: RoutingWatchOptions;
  readonly #warned = new Set<string>();

  constructor(options: RoutingWatchOptions) {
    this.#options = options;
  }

  /** Looks at what became of an event. Throws an `EventNotRoutedError` if nobody handles it and routing is strict. */
  check(source: string, type: string, { routed }: PublishResult): void {
    if (routed) return;
    if (this.#options.isStrict) throw new EventNotRoutedError(source, type);
    const name = `${source} ${type}`; // a type has no spaces, so no two events share it
    if (this.#warned.has(name) || this.#warned.size >= mostTypes) return;
    this.#warned.add(name);
    this.#options.logger.warn(
      { source, type },
      `nobody handles event '${type}' of ${source}: no queue took it; see with 'mycel services' who handles what, and whether source and type are spelt alike (said once per type)`,
    );
  }
}
