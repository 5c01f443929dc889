import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import type { Ledger } from '../books/ledger.ts';
import { idIn } from './observed-transport.ts';

/** Enters the dead letters into the books, each once, and puts back those whose events are to be handled in the end. */
export class DeadLetterReader {
  readonly #ledger: Ledger;
  readonly #transport: Transport;
  readonly #known = new Set<string>();

  constructor(ledger: Ledger, transport: Transport) {
    this.#ledger = ledger;
    this.#transport = transport;
  }

  /** Resolves with the number of those that it has put back. */
  async read(): Promise<number> {
    const done = await this.#transport.deadLetters?.sortOut(
      ({ id: letterId, payload, service, method, error, ...letter }) => {
        const id = idIn(payload);
        const handler = `${service}.${method}`;
        const isNew = !this.#known.has(letterId);
        this.#known.add(letterId);
        if (id === undefined) {
          if (isNew) this.#ledger.surprise(`a dead letter of ${handler} without an id: ${error.message}`);
          return 'keep';
        }
        const { reason, redelivered: isMarked, messageId } = letter;
        if (isNew) this.#ledger.deadLetter(handler, id, { reason, isMarked, messageId });
        return reason === 'failed' && this.#ledger.wantsReplay(handler, id) ? 'replay' : 'keep';
      },
    );
    return done?.replayed ?? 0;
  }
}
