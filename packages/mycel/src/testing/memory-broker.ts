import type { OutboundCall } from '../transport/rpc-transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { decodePayload, encodePayload } from '../transport/payload.ts';
import type { CallReply, CallArguments } from '../transport/rpc-transport.ts';
import { MemoryQueue } from './memory-queue.ts';

/** A call in a queue. */
export interface QueuedCall extends CallArguments {
  readonly request: OutboundCall;
  readonly context: WireContext;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  /** Nobody waits any more. */
  isAbandoned(): boolean;
  /** Called when the caller cancels a call that was delivered. */
  onCancel: ((reason: Error) => void) | undefined;
  reply(reply: CallReply): void;
}

/** An event in a queue. */
export interface QueuedEvent {
  readonly source: string;
  readonly type: string;
  readonly payload: unknown;
  readonly context: WireContext;
  readonly messageId: string;
}

interface Binding {
  readonly source: string;
  readonly pattern: readonly string[];
  readonly queue: MemoryQueue<QueuedEvent>;
}

/** What stands behind {@link MemoryTransport}: queues and bindings. Several transports may share one, as processes do. */
export class MemoryBroker {
  readonly #calls = new Map<string, MemoryQueue<QueuedCall>>();
  readonly #events = new Map<string, MemoryQueue<QueuedEvent>>();
  #bindings: Binding[] = [];

  /** Returns the queue of the calls to a service, or `undefined` if it has never been served. */
  callQueue(service: string): MemoryQueue<QueuedCall> | undefined {
    return this.#calls.get(service);
  }

  declareCallQueue(service: string): MemoryQueue<QueuedCall> {
    const queue = this.#calls.get(service) ?? new MemoryQueue<QueuedCall>();
    this.#calls.set(service, queue);
    return queue;
  }

  /** Declares a queue for the events of a type; one that is not `durable` goes with its last consumer. */
  declareEventQueue(name: string, source: string, type: string, durable: boolean): MemoryQueue<QueuedEvent> {
    const known = this.#events.get(name);
    if (known) return known;
    const queue = new MemoryQueue<QueuedEvent>();
    this.#events.set(name, queue);
    this.#bindings.push({ source, pattern: type.split('.'), queue });
    if (!durable) {
      queue.onUnused(() => {
        this.#events.delete(name);
        this.#bindings = this.#bindings.filter((binding) => binding.queue !== queue);
      });
    }
    return queue;
  }

  /** Finds the queues that take events of a type. */
  queuesFor(source: string, type: string): readonly MemoryQueue<QueuedEvent>[] {
    const words = type.split('.');
    return this.#bindings
      .filter((binding) => binding.source === source && matches(binding.pattern, words))
      .map(({ queue }) => queue);
  }
}

/** Topic matching: `*` is one word, `#` any number. */
function matches([first, ...pattern]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#')
    return matches(pattern, words) || (words.length > 0 && matches([first, ...pattern], words.slice(1)));
  return words.length > 0 && (first === '*' || first === words[0]) && matches(pattern, words.slice(1));
}

/** Sends a value through the encoder and the decoder of real transports. Throws an `UnserialisableError` naming `at`. */
export function travel(value: unknown, at: string): unknown {
  const { body, rich } = encodePayload(value, at);
  return decodePayload({
    body: Buffer.from(body),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...(rich === undefined ? {} : { rich }),
  });
}

/** A context as it arrives: without entries that are nothing, and with the sender's own headers among the data. */
export function arrivedContext(context: WireContext, headers: Readonly<Record<string, unknown>> = {}): WireContext {
  const entries = Object.entries({ ...context.data, ...headers });
  const data = Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
  return structuredClone({ callIdStack: context.callIdStack, data });
}
