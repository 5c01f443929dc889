/** Names a shared resource and remembers its type. Compare by identity; `name` is for messages. */
export interface ResourceKey<T> {
  readonly name: string;
  /** Never present at run time: it ties the key to the type of the resource. */
  readonly resource?: T;
}

/** Creates a key. Two keys of the same name are two keys. */
export function resourceKey<T>(name: string): ResourceKey<T> {
  return Object.freeze({ name });
}
