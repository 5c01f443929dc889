import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { Message } from '../message.ts';
import type { BindingIndex, IndexedBinding, Matches } from './binding-index.ts';
import { fieldIdentity } from './field-identity.ts';
import { headersMatchOf } from './headers-match.ts';

/** A header that a binding asks for. */
interface Criterion {
  readonly name: string;
  /** The identity of the value it must have; undefined when it need only be there. */
  readonly value: string | undefined;
}

interface Entry<B> {
  readonly binding: B;
  readonly criteria: readonly Criterion[];
  readonly needsAll: boolean;
  /** The headers a message must have one of to come to this entry at all. */
  readonly leads: readonly Criterion[];
}

/** Those that ask for one header. */
interface Askers<B> {
  readonly byValue: Map<string, Set<Entry<B>>>;
  readonly byPresence: Set<Entry<B>>;
}

/**
 * Bindings of a headers exchange. A binding's arguments are the headers it asks for, void for any value; `x-match` says
 * whether `all` of them are needed (the default) or `any` is enough. Arguments that begin with `x-` are asked for
 * with `all-with-x` and `any-with-x` only.
 *
 * A binding that needs all stands under one header it asks for, the one that fewest others stand under; any other binding
 * under each. So a message is compared with those bindings only that one of its headers leads to.
 */
export class HeadersIndex<B extends IndexedBinding> implements BindingIndex<B> {
  readonly #entries = new Map<B, Entry<B>>();
  readonly #askers = new Map<string, Askers<B>>();
  /** Bindings that need all of nothing. */
  readonly #unconditional = new Set<B>();

  add(binding: B): void {
    const { criteria, needsAll } = requirementsOf(binding);
    const leads = needsAll ? criteria.toSorted((a, b) => this.#crowd(a) - this.#crowd(b)).slice(0, 1) : criteria;
    const entry = { binding, criteria, needsAll, leads };
    this.#entries.set(binding, entry);
    if (needsAll && criteria.length === 0) this.#unconditional.add(binding);
    for (const { name, value } of leads) {
      const askers = this.#askers.get(name) ?? { byValue: new Map<string, Set<Entry<B>>>(), byPresence: new Set() };
      this.#askers.set(name, askers);
      if (value === undefined) askers.byPresence.add(entry);
      else askers.byValue.set(value, (askers.byValue.get(value) ?? new Set()).add(entry));
    }
  }

  remove(binding: B): void {
    const entry = this.#entries.get(binding);
    if (entry === undefined) return;
    this.#entries.delete(binding);
    this.#unconditional.delete(binding);
    for (const criterion of entry.leads) this.#forget(entry, criterion);
  }

  match(_routingKeys: readonly string[], message: Pick<Message, 'properties'>, found: Matches<B>): void {
    for (const binding of this.#unconditional) found.add(binding);
    if (this.#askers.size === 0) return;
    const headers = new Headers(message.properties.headers ?? {});
    for (const name of headers.names) {
      const askers = this.#askers.get(name);
      if (askers === undefined) continue;
      offer(askers.byPresence, headers, found);
      if (askers.byValue.size > 0) offer(askers.byValue.get(headers.identityOf(name)), headers, found);
    }
  }

  /** How many would be looked at besides, for each message that has this header. */
  #crowd({ name, value }: Criterion): number {
    const askers = this.#askers.get(name);
    return (value === undefined ? askers?.byPresence.size : askers?.byValue.get(value)?.size) ?? 0;
  }

  #forget(entry: Entry<B>, { name, value }: Criterion): void {
    const askers = this.#askers.get(name);
    if (askers === undefined) return;
    const same = value === undefined ? askers.byPresence : askers.byValue.get(value);
    same?.delete(entry);
    if (value !== undefined && same?.size === 0) askers.byValue.delete(value);
    if (askers.byPresence.size === 0 && askers.byValue.size === 0) this.#askers.delete(name);
  }
}

function requirementsOf(binding: IndexedBinding): Pick<Entry<unknown>, 'criteria' | 'needsAll'> {
  const match = headersMatchOf(binding.arguments) ?? 'all';
  const withX = match === 'all-with-x' || match === 'any-with-x';
  const criteria: Criterion[] = [];
  for (const [name, value] of Object.entries(binding.arguments)) {
    if (name === 'x-match' || (!withX && name.startsWith('x-'))) continue;
    criteria.push({ name, value: value == null ? undefined : fieldIdentity(value) });
  }
  return { criteria, needsAll: match === 'all' || match === 'all-with-x' };
}

/** The headers of a message. A value may be large, and thousands of bindings may ask for it: it is identified once. */
class Headers {
  readonly names: readonly string[];
  readonly #table: FieldTable;
  readonly #identities = new Map<string, string>();

  constructor(table: FieldTable) {
    this.names = Object.keys(table);
    this.#table = table;
  }

  meet({ name, value }: Criterion): boolean {
    return Object.hasOwn(this.#table, name) && (value === undefined || this.identityOf(name) === value);
  }

  identityOf(name: string): string {
    const known = this.#identities.get(name);
    if (known !== undefined) return known;
    const identity = fieldIdentity(this.#table[name]);
    this.#identities.set(name, identity);
    return identity;
  }
}

function offer<B>(entries: ReadonlySet<Entry<B>> | undefined, headers: Headers, found: Matches<B>): void {
  if (entries === undefined) return;
  for (const { binding, criteria, needsAll } of entries) {
    if (!needsAll || criteria.every((criterion) => headers.meet(criterion))) found.add(binding);
  }
}
