import type { Schema, SchemaOutput } from '../foundation/schema.ts';

/** An event as sender and handlers know it: who dispatches it, what it is called, what it carries. */
export interface EventDefinition<
  S extends Schema = Schema,
  Source extends string = string,
  Type extends string = string,
> {
  readonly kind: 'event';
  /** The service that dispatches. */
  readonly source: Source;
  /** The event's type on the wire: one or more words with dots between them. */
  readonly type: Type;
  /** Checks the payload, at the sender and at every handler. */
  readonly schema: S;
  /** The broker need not write it to disk, unless a dispatch says otherwise. @default false */
  readonly volatile?: boolean;
}

/** What an event may have beside its schema. */
export type EventOptions = Pick<EventDefinition, 'volatile'>;

/** The payload a handler of the event gets. */
export type EventOf<D extends EventDefinition> = SchemaOutput<D['schema']>;

/** Declares an event, to be shared by its sender and its handlers. */
export function defineEvent<const Source extends string, const Type extends string, S extends Schema>(
  source: Source,
  type: Type,
  schema: S,
  options: EventOptions = {},
): EventDefinition<S, Source, Type> {
  return { kind: 'event', source, type, schema, ...options };
}
