import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger, Note } from '../books/ledger.ts';
import { codeOf } from './code-of.ts';

/** How a replay may end when anything may break, besides well. */
const honestEnds: ReadonlySet<string> = new Set(['MYCEL_DISCONNECTED', 'MYCEL_BROKER_UNAVAILABLE']);

export interface ClerkParts {
  /** A transport for this alone: it is closed in the end. */
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly note: Note;
  readonly random: SeededRandom;
}

/** Puts back some of the events on which handlers have failed, while everything goes on. What becomes of them is for the books to find. */
export class Clerk {
  readonly #parts: ClerkParts;

  constructor(parts: ClerkParts) {
    this.#parts = parts;
  }

  async replay(): Promise<void> {
    const { transport, ledger, note, random } = this.#parts;
    try {
      await transport.open();
      const done = await transport.deadLetters?.sortOut(({ reason }) =>
        reason === 'failed' && random.next() < 0.7 ? 'replay' : 'keep',
      );
      note(`replayed ${done?.replayed} dead letters`);
    } catch (error) {
      const code = codeOf(error);
      if (!honestEnds.has(code)) ledger.surprise(`a replay failed with ${code}: ${String(error)}`);
      note(`a replay ended early: ${code}`);
    }
    await transport.close();
  }
}
