/** A value, or a promise of it: what a hook may return. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Tells a promise from a plain value, so that hot paths wait only when there is something to wait for. */
export function isThenable<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
