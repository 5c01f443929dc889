import { openTransport } from '../app/open-transport.ts';
import { silentLogger } from '../foundation/logger.ts';
import type { DeadLetterTransport } from '../transport/dead-letter-transport.ts';
import type { BrokerCommandOptions } from './client-options.ts';
import { exitCode, signalCodes } from './exit-codes.ts';
import { loadClientConfig } from './open-client.ts';
import { ProgressLine } from './progress-line.ts';

/** A command's way to the dead letters. */
export interface OpenedLetters {
  readonly letters: DeadLetterTransport;
  /** Where the broker is, without passwords. */
  readonly target: string;
  /** Aborts with the first ctrl-c, or when nobody reads what is printed. */
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/**
 * Connects, and does a command's work with the dead letters; its result is the exit code. The first ctrl-c aborts the signal, and the
 * work ends with what is in hand; the second ends the process.
 */
export async function withLetters(
  options: BrokerCommandOptions,
  work: (opened: OpenedLetters) => Promise<number>,
): Promise<number> {
  const transport = await openTransport(await loadClientConfig(options), silentLogger, { mayHost: false });
  const interruption = new AbortController();
  let interrupted: number = exitCode.ok;
  for (const [name, code] of Object.entries(signalCodes)) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(code);
      interrupted = code;
      interruption.abort();
    });
  }
  // `mycel dead-letters list --json | head` reads no more than it wants.
  process.stdout.on('error', () => interruption.abort());
  const progress = new ProgressLine(process.stderr);
  try {
    const { deadLetters: letters, target } = transport;
    const code = await work({ letters, target, signal: interruption.signal, progress });
    return code === exitCode.ok ? interrupted : code;
  } finally {
    progress.clear();
    await transport.close();
  }
}
