import { describeThrown, stackless } from '../foundation/errors.ts';
import type { OrderKey } from './event-handler-options.ts';

/** Asks a handler which events this one keeps its order with. Throws if it does not say so. */
export function orderKeyOf(orderBy: (payload: unknown) => unknown, payload: unknown): OrderKey {
  const key = askFor(orderBy, payload);
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean')
    return key;
  const what = key === null ? 'null' : typeof key;
  throw stackless(
    new Error(`its orderBy gave ${what}, where a string, a number, a bigint or a boolean names the order`),
  );
}

function askFor(orderBy: (payload: unknown) => unknown, payload: unknown): unknown {
  try {
    return orderBy(payload);
  } catch (error) {
    throw new Error(`its orderBy threw ${describeThrown(error)}`, { cause: error });
  }
}
