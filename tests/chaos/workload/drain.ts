import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import type { Ledger } from '../books/ledger.ts';
import { DeadLetterReader } from './dead-letter-reader.ts';
import { MovingLimit } from './moving-limit.ts';
import { pause } from './pause.ts';

/** What may still come again after everything was settled once. */
const aftermathMs = 2000;

/** A slow machine may take this much longer than the limit, as long as it gets on. */
const patience = 3;

/**
 * Waits until all that the books list is settled, the dead letters read, and a while longer. `false` if less than that is
 * settled and nothing has been for as long as the limit says.
 */
export async function drain(
  ledger: Ledger,
  reader: Transport,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const letters = new DeadLetterReader(ledger, reader);
  const late = performance.now() + limitMs / 3;
  const limit = new MovingLimit(limitMs, patience * limitMs);
  let least = Number.POSITIVE_INFINITY;
  for (;;) {
    const replayed = await letters.read();
    const left = ledger.outstanding().length;
    if (replayed === 0 && left === 0) break;
    if (left < least) {
      least = left;
      limit.move();
    }
    if (performance.now() > late) ledger.excusePartlyRouted();
    if (limit.isOver || signal?.aborted) return false;
    await pause(500, signal);
  }
  await pause(aftermathMs, signal);
  await letters.read();
  return true;
}
