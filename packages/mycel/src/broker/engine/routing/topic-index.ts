import type { BindingIndex, IndexedBinding, Matches } from './binding-index.ts';

/** A place in the tree of patterns. `*` and `#` stand apart: in a routing key they are words like any other. */
class TopicNode<B> {
  readonly parent: TopicNode<B> | undefined;
  /** The word of the pattern that leads here from the parent. */
  readonly word: string;
  /** Those whose pattern ends here. */
  bindings: Set<B> | undefined;
  words: Map<string, TopicNode<B>> | undefined;
  star: TopicNode<B> | undefined;
  hash: TopicNode<B> | undefined;
  /** The step of matching that came here last. */
  seenAt = 0;

  constructor(word: string, parent?: TopicNode<B>) {
    this.word = word;
    this.parent = parent;
  }

  get isBarren(): boolean {
    return (
      this.bindings === undefined && this.words === undefined && this.star === undefined && this.hash === undefined
    );
  }

  child(word: string): TopicNode<B> | undefined {
    if (word === '*') return this.star;
    return word === '#' ? this.hash : this.words?.get(word);
  }

  grow(word: string): TopicNode<B> {
    const child = new TopicNode(word, this);
    if (word === '*') this.star = child;
    else if (word === '#') this.hash = child;
    else (this.words ??= new Map()).set(word, child);
    return child;
  }

  prune(word: string): void {
    if (word === '*') this.star = undefined;
    else if (word === '#') this.hash = undefined;
    else if (this.words?.delete(word) && this.words.size === 0) this.words = undefined;
  }
}

/** How many keys are remembered. Most publishers use few; who uses a new one each time must not fill the memory. */
const REMEMBERED_KEYS = 1024;
/** And of how many places: where a key ends in thousands, finding them is little of the work. */
const REMEMBERED_PLACES = 256;

/**
 * Bindings of a topic exchange: words between dots, where a pattern's `*` is any one word and `#` any number of them, none
 * included. The empty key has no words; `a.` has two, of which the second is empty.
 *
 * Patterns are a tree, and a key goes through it word by word with all the places it may be at. A place is held once however
 * many ways lead to it, so that no pattern (`#.a.#.a.#`) makes a key cost more than its words times the tree.
 */
export class TopicIndex<B extends IndexedBinding> implements BindingIndex<B> {
  readonly #root = new TopicNode<B>('');
  /** Where keys ended lately, until a pattern is added: when one goes, the places it leaves lead to nothing. */
  readonly #remembered = new Map<string, readonly TopicNode<B>[]>();
  #step = 0;

  add(binding: B): void {
    this.#remembered.clear();
    let node = this.#root;
    for (const word of wordsOf(binding.routingKey)) node = node.child(word) ?? node.grow(word);
    (node.bindings ??= new Set()).add(binding);
  }

  remove(binding: B): void {
    let node: TopicNode<B> | undefined = this.#root;
    for (const word of wordsOf(binding.routingKey)) node = node?.child(word);
    if (node?.bindings?.delete(binding) && node.bindings.size === 0) node.bindings = undefined;
    while (node?.parent !== undefined && node.isBarren) {
      node.parent.prune(node.word);
      node = node.parent;
    }
  }

  match(routingKeys: readonly string[], _message: unknown, found: Matches<B>): void {
    for (const key of routingKeys) {
      const ends = this.#remembered.get(key) ?? this.#remember(key, this.#endsOf(key));
      for (const { bindings = [] } of ends) for (const binding of bindings) found.add(binding);
    }
  }

  #remember(key: string, ends: readonly TopicNode<B>[]): readonly TopicNode<B>[] {
    if (ends.length > REMEMBERED_PLACES) return ends;
    if (this.#remembered.size === REMEMBERED_KEYS) this.#remembered.clear();
    this.#remembered.set(key, ends);
    return ends;
  }

  #endsOf(key: string): readonly TopicNode<B>[] {
    this.#step += 1;
    let places: TopicNode<B>[] = [];
    this.#enter(this.#root, places);
    for (const word of wordsOf(key)) {
      this.#step += 1;
      const next: TopicNode<B>[] = [];
      for (const place of places) {
        this.#enter(place.words?.get(word), next);
        this.#enter(place.star, next);
        if (place.word === '#') this.#enter(place, next);
      }
      if (next.length === 0) return next;
      places = next;
    }
    return places;
  }

  /** Comes to a place, and to those behind it that a `#` for no words leads to. */
  #enter(place: TopicNode<B> | undefined, places: TopicNode<B>[]): void {
    for (let node = place; node !== undefined && node.seenAt !== this.#step; node = node.hash) {
      node.seenAt = this.#step;
      places.push(node);
    }
  }
}

function wordsOf(key: string): readonly string[] {
  return key === '' ? [] : key.split('.');
}
