import type { Logger } from '../../packages/mycel/src/foundation/logger.ts';

/** A record that was logged. */
export interface LogRecord {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps what it is given. */
export function recordingLogger(records: LogRecord[]): Logger {
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void records.push({ level, fields, message });
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}
