import { createInterface } from 'node:readline/promises';

/** Asks on the terminal. False for anything but a yes, and for ctrl-c. */
export async function isAgreed(question: string, signal: AbortSignal): Promise<boolean> {
  // Not on standard output: that may go to a file.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(question, { signal })).trim());
  } catch {
    process.stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
