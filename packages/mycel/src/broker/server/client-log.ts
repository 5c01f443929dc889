import { messageOf } from '../../foundation/errors.ts';
import type { Logger } from '../../foundation/logger.ts';
import type { QuietWarnings } from './quiet-warnings.ts';

/** What is logged about one client. */
export class ClientLog {
  readonly #peer: string;
  readonly #logger: Logger;
  readonly #warnings: QuietWarnings;
  /** What the client calls itself. */
  clientName: string | undefined;

  constructor(peer: string, logger: Logger, warnings: QuietWarnings) {
    this.#peer = peer;
    this.#logger = logger;
    this.#warnings = warnings;
  }

  debug(what: string, error?: Error): void {
    this.#logger.debug({ peer: this.#peer }, this.#text(what, error));
  }

  /** Something the client did wrong. */
  warn(what: string, error?: Error): void {
    this.#warnings.warn({ peer: this.#peer }, this.#text(what, error));
  }

  /** A mistake of the broker's own. */
  failed(error: unknown): void {
    this.#logger.error({ err: error, peer: this.#peer }, `the broker failed: ${messageOf(error)}`);
  }

  #text(what: string, error: Error | undefined): string {
    const who = this.clientName === undefined ? this.#peer : `${this.#peer} (${this.clientName})`;
    return `the client at ${who} ${what}${error ? `: ${error.message}` : ''}`;
  }
}
