import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { BindingIndex } from './binding-index.ts';
import { DirectIndex } from './direct-index.ts';
import type { ExchangeSettings, ExchangeType } from './exchange-settings.ts';
import { FanoutIndex } from './fanout-index.ts';
import { HeadersIndex } from './headers-index.ts';
import { TopicIndex } from './topic-index.ts';

/** A way from an exchange to a queue or another exchange. */
export interface Binding<Q> {
  /** What it is known by among the bindings of its source. */
  readonly identity: string;
  readonly source: Exchange<Q>;
  readonly destination: Destination<Q>;
  readonly routingKey: string;
  readonly arguments: FieldTable;
  /** Roughly the memory it takes, in bytes. */
  readonly size: number;
}

export type Destination<Q> = QueueEnd<Q> | Exchange<Q>;

/** A queue, as the routing sees it. */
export class QueueEnd<Q> {
  readonly kind = 'queue';
  readonly name: string;
  readonly queue: Q;
  readonly incoming = new Set<Binding<Q>>();
  /** The message that came here last, as its walk numbers it. */
  reachedBy = 0;

  constructor(name: string, queue: Q) {
    this.name = name;
    this.queue = queue;
  }
}

/** An exchange: its settings, and the bindings that lead from it and to it. */
export class Exchange<Q> {
  readonly kind = 'exchange';
  readonly name: string;
  readonly settings: ExchangeSettings;
  readonly outgoing = new Map<string, Binding<Q>>();
  readonly incoming = new Set<Binding<Q>>();
  readonly index: BindingIndex<Binding<Q>>;
  /** The message that came here last, as its walk numbers it. */
  reachedBy = 0;

  constructor(settings: ExchangeSettings) {
    this.name = settings.name;
    this.settings = settings;
    this.index = indexFor(settings.type);
  }

  attach(binding: Binding<Q>): void {
    this.outgoing.set(binding.identity, binding);
    this.index.add(binding);
    binding.destination.incoming.add(binding);
  }

  /** Tells whether the binding was there. */
  detach(binding: Binding<Q>): boolean {
    if (!this.outgoing.delete(binding.identity)) return false;
    this.index.remove(binding);
    binding.destination.incoming.delete(binding);
    return true;
  }
}

function indexFor<Q>(type: ExchangeType): BindingIndex<Binding<Q>> {
  switch (type) {
    case 'direct':
      return new DirectIndex();
    case 'topic':
      return new TopicIndex();
    case 'fanout':
      return new FanoutIndex();
    case 'headers':
      return new HeadersIndex();
  }
}
