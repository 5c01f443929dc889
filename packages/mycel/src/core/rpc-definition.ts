import type { Awaitable } from '../foundation/awaitable.ts';
import type { Schema, SchemaInput, SchemaOutput } from '../foundation/schema.ts';
import type { ErrorOf, RemoteErrorClass } from './remote-error.ts';

/** An array of schemas is positional arguments; one schema is one argument, whose members are named arguments on the wire. */
export type RpcParams = readonly Schema[] | Schema;

/** What is declared of one rpc. What is left out is not checked. */
export interface RpcDefinition<
  P extends RpcParams | undefined = RpcParams | undefined,
  R extends Schema | undefined = Schema | undefined,
  E extends readonly RemoteErrorClass[] = readonly RemoteErrorClass[],
> {
  /** Checks the arguments, at the callee and before a worker is taken. */
  readonly params?: P;
  /** Checks the result, at the callee. */
  readonly returns?: R;
  /** The errors that are part of the rpc's answer. Others reach the caller as a plain `RemoteError`. */
  readonly throws?: E;
  /**
   * To run it twice is as good as once: clients repeat a call whose connection was lost before its answer came. Clients that do
   * not know the contract say so themselves: `.with({ idempotent: true })`. @default false
   */
  readonly idempotent?: boolean;
}

// Homomorphic over the tuple; `P[K] & Schema` instead of the constraint would send arktype's types into TS2589.
type TupleOutput<P extends readonly Schema[]> = { -readonly [K in keyof P]: SchemaOutput<P[K]> };
type TupleInput<P extends readonly Schema[]> = { -readonly [K in keyof P]: SchemaInput<P[K]> };

/** The parameters of a method whose arguments were checked; any, if no schema says. */
export type CheckedArguments<P> = P extends readonly Schema[]
  ? TupleOutput<P>
  : P extends Schema
    ? [SchemaOutput<P>]
    : never[];

/** The arguments a caller gives: defaults still optional. */
export type CallerArguments<P> = P extends readonly Schema[]
  ? TupleInput<P>
  : P extends Schema
    ? [SchemaInput<P>]
    : unknown[];

/** What a method may return: the result, not yet checked. */
export type ReturnedValue<R> = R extends Schema ? SchemaInput<R> : unknown;

/** What a caller gets. */
export type ReceivedValue<R> = R extends Schema ? SchemaOutput<R> : unknown;

/** The `params` of a definition. */
export type ParamsOf<D> = D extends { readonly params: infer P } ? P : undefined;

/** The `returns` of a definition. */
export type ReturnsOf<D> = D extends { readonly returns: infer R } ? R : undefined;

/** What the method of an rpc must look like. */
export type RpcMethodOf<D> = (...args: CheckedArguments<ParamsOf<D>>) => Awaitable<ReturnedValue<ReturnsOf<D>>>;

/** The errors an rpc declares, as instances. */
export type DeclaredErrors<D> = D extends { readonly throws: readonly (infer C)[] }
  ? C extends RemoteErrorClass
    ? ErrorOf<C>
    : never
  : never;
