/** Writes one record: fields for machines, a message for people. */
export type LogWrite = (fields: Record<string, unknown>, message: string) => void;

/**
 * Where Mycel writes its log records. A pino logger fits as it is.
 * Records carry data in `fields` (an error under `err`) and never a password.
 */
export interface Logger {
  readonly debug: LogWrite;
  readonly info: LogWrite;
  readonly warn: LogWrite;
  readonly error: LogWrite;
  /** Returns a logger that adds `bindings` to every record. */
  child(bindings: Record<string, unknown>): Logger;
}

const nothing: LogWrite = () => {};

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
