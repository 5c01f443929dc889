import { protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';

/** Who may hold parts of messages: a connection. */
export interface PartialHolder {
  /** It must end, and hold nothing any more when this returns. Called while another connection's frame is taken. */
  evicted(fault: AmqpFault): void;
}

/** What one connection holds. */
export interface PartialShare {
  /** Takes bytes. Throws an `AmqpFault` (506) when they are too many, and takes none. */
  take(bytes: number): void;
  give(bytes: number): void;
}

interface Holding {
  bytes: number;
  /** Since when it holds something. */
  readonly since: number;
}

/**
 * Counts the bytes of messages that are not complete yet: no queue's limit knows of them. When they are too many, the connection
 * ends that has held most for longest, bytes times time: not the one whose large message is just coming.
 */
export class PartialBudget {
  readonly #mostBytes: number;
  /** Of those that hold something. */
  readonly #holdings = new Map<PartialHolder, Holding>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  shareOf(holder: PartialHolder): PartialShare {
    return { take: (bytes) => this.#take(holder, bytes), give: (bytes) => this.#give(holder, bytes) };
  }

  #take(holder: PartialHolder, bytes: number): void {
    const holding = this.#holdings.get(holder) ?? { bytes: 0, since: performance.now() };
    this.#holdings.set(holder, holding);
    holding.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#mostBytes) {
      const dearest = this.#dearest() ?? holder;
      const text = `RESOURCE_ERROR - incomplete messages of all connections exceed ${this.#mostBytes} bytes`;
      const fault = new AmqpFault(protocol.REPLY_CODE.resourceError, text, 'basic.publish');
      if (dearest === holder) {
        this.#give(holder, bytes);
        throw fault;
      }
      this.#give(dearest, Number.POSITIVE_INFINITY);
      dearest.evicted(fault);
    }
  }

  /** Gives back bytes, as many as there are. Who was evicted has none. */
  #give(holder: PartialHolder, bytes: number): void {
    const holding = this.#holdings.get(holder);
    if (!holding) return;
    const given = Math.min(bytes, holding.bytes);
    holding.bytes -= given;
    this.#bytes -= given;
    if (holding.bytes === 0) this.#holdings.delete(holder);
  }

  #dearest(): PartialHolder | undefined {
    const now = performance.now();
    let dearest: PartialHolder | undefined;
    let most = -1;
    for (const [holder, { bytes, since }] of this.#holdings) {
      const cost = bytes * (now - since);
      if (cost <= most) continue;
      most = cost;
      dearest = holder;
    }
    return dearest;
  }
}
