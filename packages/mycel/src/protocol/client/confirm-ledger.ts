import type { AmqpError } from '../codec/amqp-error.ts';
import { NackedError } from './errors.ts';
import type { PublishOutcome, ReturnedMessage, ReturnedMessageInfo } from './message.ts';

/** A published message whose confirm is awaited. */
export interface AwaitedConfirm {
  readonly exchange: string;
  readonly routingKey: string;
  readonly correlationId: string | undefined;
  readonly messageId: string | undefined;
  readonly isMandatory: boolean;
  /** Nobody waits for a plain `publish` on a confirming channel, yet it has its number. */
  readonly resolve: ((outcome: PublishOutcome) => void) | undefined;
  readonly reject: ((error: AmqpError) => void) | undefined;
  returned: ReturnedMessageInfo | undefined;
}

const SMALLEST_CAPACITY = 64;

/** One for all: most publishes end so. */
const ROUTED: PublishOutcome = Object.freeze({});

/**
 * The publishes of a confirming channel that the broker has not settled.
 *
 * The broker numbers them from 1 in the order sent, and settles single ones or all up to a number. They stand in a ring
 * in which a number is its own place, so a confirm costs no search.
 */
export class ConfirmLedger {
  #ring: (AwaitedConfirm | undefined)[] = Array.from({ length: SMALLEST_CAPACITY });
  /** The lowest number not settled; equal to `#next` when all are. */
  #oldest = 1;
  #next = 1;

  /** Publishes between the oldest not settled and the last. */
  get size(): number {
    return this.#next - this.#oldest;
  }

  /** Gives the next number to a publish. */
  add(awaited: AwaitedConfirm): void {
    if (this.size === this.#ring.length) this.#grow();
    this.#ring[this.#slot(this.#next)] = awaited;
    this.#next += 1;
  }

  /** Settles one publish, or all up to it, as taken by the broker or as refused. */
  settle(deliveryTag: number, multiple: boolean, isTaken: boolean): void {
    if (!multiple) {
      this.#settleOne(deliveryTag, isTaken);
    } else {
      // 0 means all there are.
      const last = deliveryTag === 0 ? this.#next - 1 : deliveryTag;
      for (let tag = this.#oldest; tag <= last && tag < this.#next; tag++) this.#settleOne(tag, isTaken);
    }
    while (this.#oldest < this.#next && this.#ring[this.#slot(this.#oldest)] === undefined) this.#oldest += 1;
  }

  /**
   * Finds whose message came back. A `basic.return` carries no number; it comes before the confirm of its message, and
   * returns come in the order of the publishes. So it belongs to the oldest mandatory publish that looks the same and
   * has none yet. Gives false when nobody waits for that publish, or none fits.
   */
  pairReturn(message: ReturnedMessage): boolean {
    for (let tag = this.#oldest; tag < this.#next; tag++) {
      const awaited = this.#ring[this.#slot(tag)];
      if (!awaited?.isMandatory || awaited.returned || !isSameMessage(awaited, message)) continue;
      awaited.returned = { replyCode: message.replyCode, replyText: message.replyText };
      return awaited.resolve !== undefined;
    }
    return false;
  }

  /** Rejects every publish that is waited for. */
  fail(error: AmqpError): void {
    const ring = this.#ring;
    this.#ring = Array.from({ length: SMALLEST_CAPACITY });
    for (let tag = this.#oldest; tag < this.#next; tag++) ring[tag & (ring.length - 1)]?.reject?.(error);
    this.#oldest = this.#next;
  }

  #settleOne(tag: number, isTaken: boolean): void {
    if (tag < this.#oldest || tag >= this.#next) return;
    const slot = this.#slot(tag);
    const awaited = this.#ring[slot];
    this.#ring[slot] = undefined;
    if (!awaited) return;
    if (isTaken) awaited.resolve?.(awaited.returned ? { returned: awaited.returned } : ROUTED);
    else awaited.reject?.(new NackedError(awaited.exchange, awaited.routingKey));
  }

  #grow(): void {
    const ring: (AwaitedConfirm | undefined)[] = Array.from({ length: this.#ring.length * 2 });
    for (let tag = this.#oldest; tag < this.#next; tag++) ring[tag & (ring.length - 1)] = this.#ring[this.#slot(tag)];
    this.#ring = ring;
  }

  #slot(tag: number): number {
    return tag & (this.#ring.length - 1);
  }
}

function isSameMessage(awaited: AwaitedConfirm, message: ReturnedMessage): boolean {
  return (
    awaited.exchange === message.exchange &&
    awaited.routingKey === message.routingKey &&
    awaited.correlationId === message.properties.correlationId &&
    awaited.messageId === message.properties.messageId
  );
}
