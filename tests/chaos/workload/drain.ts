import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import type { Ledger } from '../books/ledger.ts';
import { DeadLetterReader } from './dead-letter-reader.ts';
import { pause } from './pause.ts';

/** What may still come again after everything was settled once. */
const aftermathMs = 2000;

/** Waits until all that the books list is settled, the dead letters read, and a while longer. `false` if it is not by then. */
export async function drain(
  ledger: Ledger,
  reader: Transport,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const letters = new DeadLetterReader(ledger, reader);
  const end = performance.now() + limitMs;
  const late = performance.now() + limitMs / 3;
  for (;;) {
    const replayed = await letters.read();
    if (replayed === 0 && ledger.outstanding().length === 0) break;
    if (performance.now() > late) ledger.excusePartlyRouted();
    if (performance.now() > end || signal?.aborted) return false;
    await pause(500, signal);
  }
  await pause(aftermathMs, signal);
  await letters.read();
  return true;
}
