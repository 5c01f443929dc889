import type { Mark, RichKind, Segment } from './rich-marks.ts';
import { wireFormOf } from './rich-revive.ts';
import { readSlot, SlotWalk } from './slot-walk.ts';

/** An object is taken for a dictionary, whose entries share marks, from so many marks of one kind on; a row has fewer. */
const dictionarySize = 17;

/** The marked places of a JSON value, as a tree. */
interface MarkTree {
  readonly json: unknown;
  kind: RichKind | undefined;
  readonly children: Map<string | number, MarkTree>;
}

/** The elements of a container below which the same path carries the same mark. */
interface MarkGroup {
  readonly mark: Mark;
  readonly keys: Set<string | number>;
}

/**
 * Says the same with fewer marks: the rows of a table share theirs, by a `null` segment, wherever reviving by it changes
 * nothing but what was marked. Children come before parents.
 */
export function compactMarks(json: unknown, marks: readonly Mark[]): readonly Mark[] {
  const root: MarkTree = { json, kind: undefined, children: new Map() };
  for (const mark of marks) plant(root, mark);
  return compactTree(root).toSorted((a, b) => b.path.length - a.path.length);
}

function plant(root: MarkTree, { kind, path }: Mark): void {
  let tree = root;
  for (const segment of path) {
    // An exact path, through containers that the flattening made: each key is there.
    const key = segment as string | number;
    let child = tree.children.get(key);
    if (child === undefined) {
      child = { json: readSlot(tree.json as object, key), kind: undefined, children: new Map() };
      tree.children.set(key, child);
    }
    tree = child;
  }
  tree.kind = kind;
}

function compactTree(tree: MarkTree): Mark[] {
  const marks: Mark[] = tree.kind === undefined ? [] : [{ kind: tree.kind, path: [] }];
  for (const group of groupChildren(tree)) {
    const { kind, path } = group.mark;
    const segments: Iterable<Segment> = isShared(tree.json, group) ? [null] : group.keys;
    for (const segment of segments) marks.push({ kind, path: [segment, ...path] });
  }
  return marks;
}

function groupChildren(tree: MarkTree): Iterable<MarkGroup> {
  const groups = new Map<string, MarkGroup>();
  for (const [key, child] of tree.children) {
    for (const mark of compactTree(child)) {
      const name = mark.path.length === 0 ? mark.kind : JSON.stringify([mark.kind, ...mark.path]);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { mark, keys: new Set([key]) });
      else group.keys.add(key);
    }
  }
  return groups.values();
}

/** Whether every element can carry the mark: it must mean nothing at those elements that do not have it. */
function isShared(json: unknown, { mark, keys }: MarkGroup): boolean {
  if (typeof json !== 'object' || json === null) return false;
  if (Array.isArray(json)) {
    if (keys.size === 1 && json.length > 1) return false;
  } else if (keys.size < dictionarySize) return false;
  const walk = new SlotWalk(Infinity);
  const means = wireFormOf(mark.kind);
  // One step at a time, so that the elements that have the mark can be left out.
  return walk.every(json, [null], (_, key) => {
    if (keys.has(key)) return true;
    return walk.every([readSlot(json, key)], [0, ...mark.path], (container, at) => !means(readSlot(container, at)));
  });
}
