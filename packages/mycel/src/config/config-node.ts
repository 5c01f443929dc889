import type { Origin } from './origin.ts';

/** A value of the configuration that remembers, down to each leaf, where it was written. */
export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: unknown;
  readonly origin: Origin;
  /** How the value was written, if its type was guessed from text: an option that wants a string takes this instead. */
  readonly text?: string | undefined;
  /** Why there is no value. It counts only if nothing with a higher rank replaces the node. */
  readonly problem?: string | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
  readonly origin: Origin;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly origin: Origin;
}

export interface MapEntry {
  readonly keyOrigin: Origin;
  readonly node: ConfigNode;
}

export const emptyMap: MapNode = { kind: 'map', entries: new Map(), origin: { kind: 'program' } };

/** Turns plain values of a program into nodes. */
export function nodeOf(value: unknown, origin: Origin): ConfigNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => nodeOf(item, origin)), origin };
  if (!isPlainObject(value)) return { kind: 'scalar', value, origin };
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return {
    kind: 'map',
    entries: new Map(entries.map(([key, child]) => [key, { keyOrigin: origin, node: nodeOf(child, origin) }])),
    origin,
  };
}

/** Turns nodes back into plain values. */
export function valueOf(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(valueOf);
  // No prototype is touched by a key named `__proto__`.
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, valueOf(entry.node)]));
}

/** Lays `over` on `under`: maps are merged key by key, anything else replaces what was there. */
export function merge(under: ConfigNode | undefined, over: ConfigNode | undefined): ConfigNode | undefined {
  if (!under || !over) return over ?? under;
  if (under.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(under.entries);
  for (const [key, entry] of over.entries) {
    const node = merge(entries.get(key)?.node, entry.node);
    if (node) entries.set(key, { keyOrigin: entry.keyOrigin, node });
  }
  return { kind: 'map', entries, origin: over.entries.size ? over.origin : under.origin };
}

/** Puts `node` at `path` of an otherwise empty map. */
export function nest(path: readonly string[], node: ConfigNode, keyOrigin = node.origin): ConfigNode {
  return path.reduceRight<ConfigNode>(
    (inner, key) => ({ kind: 'map', entries: new Map([[key, { keyOrigin, node: inner }]]), origin: keyOrigin }),
    node,
  );
}

/** Follows `path` as far as it exists; `complete` tells whether that was all the way. */
export function find(
  root: ConfigNode | undefined,
  path: readonly PropertyKey[],
): { readonly node: ConfigNode | undefined; readonly complete: boolean } {
  let node = root;
  for (const key of path) {
    let child: ConfigNode | undefined;
    if (node?.kind === 'map') child = node.entries.get(String(key))?.node;
    else if (node?.kind === 'list') child = node.items[Number(key)];
    if (!child) return { node, complete: false };
    node = child;
  }
  return { node, complete: node !== undefined };
}

/** Lists the scalars that could not be read, each with its path. */
export function* broken(node: ConfigNode, path: string[] = []): Iterable<{ path: string[]; node: ScalarNode }> {
  if (node.kind === 'scalar') {
    if (node.problem !== undefined) yield { path, node };
  } else {
    const children =
      node.kind === 'list' ? node.items.entries() : [...node.entries].map(([k, e]) => [k, e.node] as const);
    for (const [key, child] of children) yield* broken(child, [...path, String(key)]);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
