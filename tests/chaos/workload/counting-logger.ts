import type { Logger } from '../../../packages/mycel/src/foundation/logger.ts';

/** A logger that counts warnings and errors, and hands each on. */
export class CountingLogger implements Logger {
  count = 0;
  readonly #tell: (level: string, message: string, fields: Record<string, unknown>) => void;

  constructor(tell: (level: string, message: string, fields: Record<string, unknown>) => void = () => {}) {
    this.#tell = tell;
  }

  debug(): void {}

  info(): void {}

  warn(fields: Record<string, unknown>, message: string): void {
    this.count++;
    this.#tell('warn', message, fields);
  }

  error(fields: Record<string, unknown>, message: string): void {
    this.count++;
    this.#tell('error', message, fields);
  }

  child(): Logger {
    return this;
  }
}
