import { pause } from '../foundation/pause.ts';
import { isLoss, missingExchangeIn, refusalIn, topologyError } from './broker-refusal.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { declareTopic, eventExchange } from './topology.ts';

/**
 * How long events wait once their exchange is restored, while the handlers bind their queues again. One that came to the queue of one
 * handler and not to that of another, not bound yet, would count as routed.
 */
const bindingMs = 500;

/** Who is told what became of declarations. */
export interface SourcesWatcher {
  readonly onDeclared: (source: string) => void;
  readonly onRefused: (source: string, error: unknown) => void;
  /** The exchange of a source was there once, and is gone. Resolves once it may be declared; must not reject. */
  readonly onMissing?: (exchange: string) => Promise<void>;
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
  readonly #resting = new Set<string>();
  readonly #missing = new Set<string>();
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

  /** This exchange was missing: whoever has it restored by now, its queues may not be bound to it. */
  foundMissing(exchange: string): void {
    for (const source of this.#known) {
      if (eventExchange(source) !== exchange) continue;
      this.#missing.add(source);
      this.#declared.delete(source);
    }
  }

  /** Has nothing of a source sent for a while: what was sent came back, as its queues are not bound again yet. */
  rest(source: string, ms: number): void {
    if (this.#resting.has(source)) return;
    this.#declared.delete(source);
    this.#resting.add(source);
    setTimeout(() => {
      this.#resting.delete(source);
      this.declare(source).catch(() => {}); // the watcher is told
    }, ms);
  }

  /** Tells whether it is to be declared now: it is neither declared nor at rest. */
  isWanting(source: string): boolean {
    return !this.#declared.has(source) && !this.#resting.has(source);
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
        this.#watcher.onDeclared(source);
      },
      (error: unknown) => {
        this.#declaring.delete(source);
        this.#watcher.onRefused(source, error);
      },
    );
    return declaring;
  }

  async #declare(source: string): Promise<void> {
    const exchange = eventExchange(source);
    for (let isExpected = this.#known.has(source); ; ) {
      const connection = await this.#connection.whenOpen();
      try {
        const channel = await connection.openChannel();
        // Else nobody would learn that it was gone, and with it all that was bound to it.
        if (isExpected) await channel.declareExchange(exchange, 'topic', { passive: true });
        else await declareTopic(channel, exchange);
        if (this.#missing.has(source)) await pause(bindingMs);
        if (!connection.isOpen) continue;
        this.#missing.delete(source);
        this.#declared.add(source);
        this.#known.add(source);
        void channel.close();
        return;
      } catch (error) {
        if (isLoss(error)) continue;
        if (isExpected && missingExchangeIn(error) !== undefined) {
          isExpected = false;
          this.#missing.add(source);
          await this.#watcher.onMissing?.(exchange);
          continue;
        }
        const refusal = refusalIn(error);
        throw refusal ? topologyError(`events of ${source}`, refusal) : error;
      }
    }
  }
}
