import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { declareTopic, eventExchange } from './topology.ts';

/** Who is told what became of declarations. */
export interface SourcesWatcher {
  readonly onDeclared: () => void;
  readonly onRefused: (source: string, error: unknown) => void;
}

/**
 * The services whose events' exchange was declared on this connection. Each is declared on a channel of its own: a
 * refusal closes the channel, and must not take down what others have published on it.
 */
export class EventSources {
  readonly #connection: SupervisedConnection;
  readonly #watcher: SourcesWatcher;
  readonly #declared = new Set<string>();
  readonly #known = new Set<string>();
  readonly #declaring = new Map<string, Promise<void>>();

  constructor(connection: SupervisedConnection, watcher: SourcesWatcher) {
    this.#connection = connection;
    this.#watcher = watcher;
  }

  has(source: string): boolean {
    return this.#declared.has(source);
  }

  /** Tells whether it was declared on this connection or on one before. */
  isKnown(source: string): boolean {
    return this.#known.has(source);
  }

  /** Has every source declared anew. */
  forget(): void {
    this.#declared.clear();
  }

  /** Declares, on this connection or the next. Rejects with a `TopologyError`, or once the connection is closed for good. */
  declare(source: string): Promise<void> {
    const present = this.#declaring.get(source);
    if (present) return present;
    const declaring = this.#declare(source);
    this.#declaring.set(source, declaring);
    declaring.then(
      () => {
        this.#declaring.delete(source);
        this.#watcher.onDeclared();
      },
      (error: unknown) => {
        this.#declaring.delete(source);
        this.#watcher.onRefused(source, error);
      },
    );
    return declaring;
  }

  async #declare(source: string): Promise<void> {
    for (;;) {
      const connection = await this.#connection.whenOpen();
      try {
        const channel = await connection.openChannel();
        await declareTopic(channel, eventExchange(source));
        this.#declared.add(source);
        this.#known.add(source);
        void channel.close();
        return;
      } catch (error) {
        if (isLoss(error)) continue;
        const refusal = refusalIn(error);
        throw refusal ? topologyError(`events of ${source}`, refusal) : error;
      }
    }
  }
}
