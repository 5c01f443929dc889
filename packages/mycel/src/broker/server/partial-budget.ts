import { protocol } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';

/** Counts the bytes of messages that are not complete yet: no queue's limit knows of them. */
export class PartialBudget {
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes bytes. Throws an `AmqpFault` (506) when they are too many, and takes none. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#mostBytes) {
      const text = `RESOURCE_ERROR - incomplete messages of all connections exceed ${this.#mostBytes} bytes`;
      throw new AmqpFault(protocol.REPLY_CODE.resourceError, text, 'basic.publish');
    }
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
