import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { Message } from '../message.ts';

/** What an index has to know of a binding. */
export interface IndexedBinding {
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** Takes the bindings that match a message. One may come more than once. */
export interface Matches<B> {
  add(binding: B): void;
}

/** The bindings of one exchange, in the order its type finds them by. Each binding is added once and removed once. */
export interface BindingIndex<B extends IndexedBinding> {
  add(binding: B): void;
  remove(binding: B): void;
  /** Finds the bindings that any of the routing keys, or the message's headers, lead through. */
  match(routingKeys: readonly string[], message: Pick<Message, 'properties'>, found: Matches<B>): void;
}
